public import LeptonValues

/// The IDX format of the MNIST family: a big-endian header, then the elements.
///
/// Bytes 0-1 are zero, byte 2 is the element type, byte 3 the rank, then one 32-bit extent for each
/// axis. Source: "File formats for vectors and multidimensional matrices" on the MNIST page of
/// Y. LeCun, C. Cortes and C. Burges.
public enum IDX {
  /// The tensor in the file at `path`, which may be gzip-compressed.
  ///
  /// - Throws: `LeptonError` of kind `io`, or `badInput` naming the byte where the file stops being
  ///   valid IDX.
  public static func read(_ path: String) throws -> TensorData {
    try decode(try Gzip.readFile(path), name: path)
  }

  /// Writes `tensor` to `path`, uncompressed.
  ///
  /// - Throws: `LeptonError`: `badInput` for element types that IDX does not have, or `io`.
  public static func write(_ tensor: TensorData, to path: String) throws {
    try FileBytes.write(try encode(tensor), to: path)
  }

  package static func decode(_ bytes: [UInt8], name: String) throws -> TensorData {
    func refuse(_ what: String, byte: Int, fix: String) -> LeptonError {
      LeptonError(.badInput, what, at: "\(name), byte \(byte)", fix: fix)
    }
    guard bytes.count >= 4, bytes[0] == 0, bytes[1] == 0 else {
      let start = bytes.prefix(4).map { String($0, radix: 16) }.joined(separator: " ")
      throw refuse(
        "not an IDX file: it starts with [\(start)]", byte: 0,
        fix: "IDX starts with two zero bytes, a type and a rank")
    }
    guard let element = Element(rawValue: bytes[2]) else {
      throw refuse(
        "IDX element type 0x\(String(bytes[2], radix: 16)) is not supported", byte: 2,
        fix: "convert to u8 (8), i8 (9), i32 (c), f32 (d) or f64 (e)")
    }
    let rank = Int(bytes[3])
    let headerCount = 4 + 4 * rank
    guard bytes.count >= headerCount else {
      throw refuse(
        "the header of rank \(rank) needs \(headerCount) bytes, the file has \(bytes.count)",
        byte: bytes.count, fix: "fetch the file again: it is cut short")
    }
    let extents = (0..<rank).map { axis in
      bytes[(4 + 4 * axis)..<(8 + 4 * axis)].reduce(0) { $0 << 8 | Int($1) }
    }
    let width = element.dtype.byteCount
    let shape = Shape(extents)
    let count = shape.byteCount(of: element.dtype)
    let present = bytes.count - headerCount
    guard count == present else {
      let promised = count.map { "\($0) bytes" } ?? "more bytes than there can be"
      throw refuse(
        "the header promises \(element.dtype)\(shape), \(promised) from byte \(headerCount) on, "
          + "but \(present) follow",
        byte: count.map { min(bytes.count, headerCount + $0) } ?? 4,
        fix: present < count ?? .max
          ? "fetch the file again: it is cut short" : "remove what follows the data")
    }
    var body = Array(bytes[headerCount...])
    if width > 1 { body.reverseElements(ofWidth: width) }
    return body.withUnsafeBytes {
      TensorData(bytes: $0, type: TensorType(element.dtype, shape))
    }
  }

  package static func encode(_ tensor: TensorData) throws -> [UInt8] {
    guard let element = Element.allCases.first(where: { $0.dtype == tensor.dtype }) else {
      throw LeptonError(
        .badInput, "IDX has no element type for \(tensor.type)",
        fix: "convert to u8, i8, i32, f32 or f64")
    }
    var bytes: [UInt8] = [0, 0, element.rawValue, UInt8(tensor.shape.rank)]
    for extent in tensor.shape {
      bytes += (0..<4).map { UInt8(truncatingIfNeeded: extent >> (24 - 8 * $0)) }
    }
    var body = tensor.withUnsafeBytes { Array($0) }
    if tensor.dtype.byteCount > 1 { body.reverseElements(ofWidth: tensor.dtype.byteCount) }
    return bytes + body
  }

  private enum Element: UInt8, CaseIterable {
    case u8 = 0x08
    case i8 = 0x09
    case i32 = 0x0C
    case f32 = 0x0D
    case f64 = 0x0E

    var dtype: DType {
      switch self {
      case .u8: .u8
      case .i8: .i8
      case .i32: .i32
      case .f32: .f32
      case .f64: .f64
      }
    }
  }
}

extension [UInt8] {
  /// Between big-endian and little-endian, element by element.
  fileprivate mutating func reverseElements(ofWidth width: Int) {
    for start in stride(from: 0, to: count - width + 1, by: width) {
      self[start..<(start + width)].reverse()
    }
  }
}
