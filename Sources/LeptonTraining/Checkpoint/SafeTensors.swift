package import Foundation
public import LeptonValues

/// The safetensors format: named tensors in one file, without code.
///
/// Eight bytes hold the length of the header (little-endian), the header is a JSON object from names
/// to element type, shape and place, then come the elements. Source: the format description of the
/// `safetensors` project, version 0.8.
public enum SafeTensors {
  /// The tensors in the file at `path`.
  ///
  /// - Throws: `LeptonError` of kind `io`, or `badInput` naming the tensor that is not as the header
  ///   says.
  public static func read(_ path: String) throws -> [String: TensorData] {
    guard let bytes = FileManager.default.contents(atPath: path) else {
      throw LeptonError(.io, "the file cannot be read", at: path, fix: "check the path")
    }
    do {
      return try decode(bytes)
    } catch let error as LeptonError {
      throw error.within(path)
    }
  }

  /// Writes `tensors`, sorted by name, so that equal tensors make equal files.
  ///
  /// - Throws: `LeptonError` of kind `io`; a file that was there before stays as it was.
  public static func write(_ tensors: [String: TensorData], to path: String) throws {
    try DurableFile.write(encode(tensors), to: path)
  }

  private struct Entry: Codable {
    var dtype: String
    var shape: [Int]
    var offsets: [Int]

    enum CodingKeys: String, CodingKey { case dtype, shape, offsets = "data_offsets" }
  }

  package static func encode(_ tensors: [String: TensorData]) throws -> Data {
    var header: [String: Entry] = [:]
    var body = Data()
    body.reserveCapacity(tensors.values.reduce(0) { $0 + $1.type.byteCount })
    for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
      let start = body.count
      tensor.withUnsafeBytes { body.append(contentsOf: $0.prefix(tensor.type.byteCount)) }
      header[name] = Entry(
        dtype: code(of: tensor.dtype), shape: tensor.shape.extents,
        offsets: [start, body.count])
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var text = try encoder.encode(header)
    // Elements start at a multiple of eight.
    text.append(contentsOf: [UInt8](repeating: 0x20, count: (8 - text.count % 8) % 8))
    var file = withUnsafeBytes(of: UInt64(text.count).littleEndian) { Data($0) }
    file.append(text)
    file.append(body)
    return file
  }

  package static func decode(_ file: Data) throws -> [String: TensorData] {
    guard file.count >= 8 else { throw refuse("\(file.count) bytes are no safetensors file") }
    let length = file.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(file.count - 8), length <= largestHeader else {
      throw refuse("the header is \(length) bytes long, the file has \(file.count)")
    }
    let start = file.startIndex + 8
    let body = file[(start + Int(length))...]
    guard
      let header = try? JSONSerialization.jsonObject(with: file[start..<(start + Int(length))])
        as? [String: Any]
    else { throw refuse("the header is no JSON object") }
    var tensors: [String: TensorData] = [:]
    for (name, value) in header where name != "__metadata__" {
      guard let fields = value as? [String: Any], let code = fields["dtype"] as? String,
        let extents = fields["shape"] as? [Int], let offsets = fields["data_offsets"] as? [Int],
        offsets.count == 2, extents.allSatisfy({ $0 >= 0 })
      else { throw refuse("tensor '\(name)' has no dtype, shape and data_offsets") }
      guard let dtype = DType.allCases.first(where: { self.code(of: $0) == code }) else {
        throw refuse("tensor '\(name)' is of type \(code)", fix: "convert it to F32")
      }
      guard let count = byteCount(extents, dtype), offsets[0] >= 0, offsets[1] <= body.count,
        offsets[1] - offsets[0] == count
      else {
        throw refuse(
          "tensor '\(name)' lies at \(offsets), which is not a \(code)\(extents) in "
            + "\(body.count) bytes")
      }
      let place = (body.startIndex + offsets[0])..<(body.startIndex + offsets[1])
      tensors[name] = body[place].withUnsafeBytes {
        TensorData(bytes: $0, type: TensorType(dtype, Shape(extents)))
      }
    }
    return tensors
  }

  private static func byteCount(_ extents: [Int], _ dtype: DType) -> Int? {
    extents.reduce(Optional(dtype.byteCount)) { count, extent in
      guard let (product, overflow) = count?.multipliedReportingOverflow(by: extent), !overflow
      else { return nil }
      return product
    }
  }

  private static func code(of dtype: DType) -> String { dtype.rawValue.uppercased() }

  /// As the reference implementation has it.
  private static let largestHeader: UInt64 = 100_000_000

  private static func refuse(_ what: String, fix: String = "") -> LeptonError {
    LeptonError(.badInput, what, fix: fix.isEmpty ? "fetch or save the file again" : fix)
  }
}
