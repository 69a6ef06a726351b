package import Foundation
import LeptonData
public import LeptonValues

/// The safetensors format: named tensors in one file, or several with an index, without code.
///
/// Eight bytes hold the length of the header (little-endian), the header is a JSON object from names to element type, shape
/// and place, then come the elements without gaps. Source: the format description of the `safetensors` project, version 0.8;
/// what its reader refuses is refused here, and besides it names that are empty or occur twice, unknown fields and truth
/// values other than 0 and 1.
public enum SafeTensors {
  /// The tensors in the file at `path`.
  ///
  /// - Throws: `LeptonError` of kind `io`, or `badInput` with the byte that is wrong.
  public static func read(_ path: String) throws -> [String: TensorData] {
    try weights(path).tensors
  }

  /// The tensors and metadata of the file at `path`; of all files that it names where `path` is an index
  /// (`model.safetensors.index.json`).
  public static func weights(_ path: String) throws -> WeightSet {
    path.hasSuffix(".json") ? try SafeTensorsIndex(path).weights() : try weights(ByteSource(path))
  }

  package static func weights(_ source: ByteSource) throws -> WeightSet {
    let header = try SafeTensorsHeader(source)
    var weights = WeightSet([:], metadata: header.metadata)
    for entry in header.entries {
      weights.tensors[entry.name] = try entry.type.tensor(
        source, entry.range, shape: Shape(entry.shape))
      if !entry.type.isStoredAsIs { weights.widened[entry.name] = entry.type.rawValue }
    }
    return weights
  }

  /// Writes `tensors` as the reference implementation does: the widest elements first, then by name, so that equal
  /// tensors make equal files.
  ///
  /// - Throws: `LeptonError` of kind `io`; a file that was there before stays as it was.
  public static func write(
    _ tensors: [String: TensorData], metadata: [String: String] = [:], to path: String
  ) throws {
    try FileBytes.write(to: path) { sink in
      for piece in try pieces(tensors, metadata) { try sink.write(piece) }
    }
  }

  package static func encode(_ tensors: [String: TensorData]) throws -> Data {
    try pieces(tensors, [:]).reduce(into: Data()) { file, piece in
      switch piece {
      case .bytes(let bytes): file.append(contentsOf: bytes)
      case .elements(let tensor):
        tensor.withUnsafeBytes { file.append(contentsOf: $0.prefix(tensor.type.byteCount)) }
      }
    }
  }

  package static func decode(_ file: Data) throws -> [String: TensorData] {
    try weights(ByteSource(Array(file), name: "safetensors data")).tensors
  }

  /// The order of types in files, by the width of their elements.
  private static let order: [StoredType] = [
    .bool, .u8, .i8, .i16, .u16, .f16, .bf16, .i32, .u32,
    .f32, .f64, .i64, .u64,
  ]

  private static func pieces(
    _ tensors: [String: TensorData], _ metadata: [String: String]
  ) throws -> [FilePiece] {
    func rank(_ tensor: TensorData) -> Int { order.firstIndex(of: StoredType(tensor.dtype)) ?? 0 }
    let stored = tensors.mapValues { $0.converted(to: $0.dtype.computable) }
    let sorted = stored.sorted {
      (rank($1.value), $0.key) < (rank($0.value), $1.key)
    }
    var header = "{"
    if !metadata.isEmpty {
      let pairs = metadata.sorted { $0.key < $1.key }.map {
        "\(JSONWriter.string($0.key)):\(JSONWriter.string($0.value))"
      }
      header += "\"__metadata__\":{\(pairs.joined(separator: ","))}"
    }
    var offset = 0
    for (name, tensor) in sorted {
      guard !name.isEmpty, !name.contains("\0") else {
        throw LeptonError(.badInput, "a tensor has no name, or one with a NUL", fix: "rename it")
      }
      let end = offset + tensor.type.byteCount
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      header +=
        (header == "{" ? "" : ",") + JSONWriter.string(name)
        + ":{\"dtype\":\"\(StoredType(tensor.dtype).rawValue)\",\"shape\":[\(shape)],"
        + "\"data_offsets\":[\(offset),\(end)]}"
      offset = end
    }
    header += "}"
    // Elements start at a multiple of eight.
    let padding = (8 - header.utf8.count % 8) % 8
    let text = Array(header.utf8) + [UInt8](repeating: 0x20, count: padding)
    let length = withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) }
    return [.bytes(length + text)] + sorted.map { .elements($0.value) }
  }
}
