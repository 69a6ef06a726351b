public import LeptonValues

/// NumPy's format for one array (`.npy`, versions 1 to 3, little-endian, C or Fortran order).
///
/// Source: NEP 1, "A Simple File Format for NumPy Arrays".
public enum NPY {
  /// The array in the file at `path`.
  ///
  /// - Throws: `LeptonError`: `io`, or `badInput` where it is not `.npy`, is cut short or has an
  ///   element type that tensors do not have.
  public static func read(_ path: String) throws -> TensorData {
    try decode(try FileBytes.read(path)[...], name: path)
  }

  /// Writes `tensor` to `path` (version 1, C order). Types that NumPy lacks are written as the next wider: bf16 as f32.
  ///
  /// - Throws: `LeptonError` of kind `io`.
  public static func write(_ tensor: TensorData, to path: String) throws {
    try FileBytes.write(encode(tensor), to: path)
  }

  package static func decode(_ bytes: ArraySlice<UInt8>, name: String) throws -> TensorData {
    let bytes = Array(bytes)
    guard bytes.count >= 10, bytes.starts(with: magic) else {
      throw refuse("this is not a .npy file", name, fix: "save it with numpy.save")
    }
    guard (1...3).contains(bytes[6]) else {
      throw refuse(".npy version \(bytes[6]) is unknown", name, fix: "save it as version 1 to 3")
    }
    let sizeWidth = bytes[6] == 1 ? 2 : 4
    let start = 8 + sizeWidth
    let headerCount = bytes[8..<min(start, bytes.count)].reversed().reduce(0) { $0 << 8 | Int($1) }
    guard bytes.count >= start, headerCount <= bytes.count - start else {
      throw refuse(
        "the header should end at byte \(start + headerCount), the file at \(bytes.count)", name,
        fix: "fetch the file again: it is cut short")
    }
    let text = String(decoding: bytes[start..<(start + headerCount)], as: UTF8.self)
    let header = try NPYHeader(text, name: name)
    let body = bytes[(start + headerCount)...]
    let type = TensorType(header.dtype, header.shape)
    guard header.byteCount == body.count else {
      let promised = header.byteCount.map { "\($0) bytes" } ?? "more bytes than there can be"
      throw refuse(
        "\(type) takes \(promised) from byte \(start + headerCount) on, but \(body.count) follow",
        name, fix: "fetch the file again")
    }
    let tensor = body.withUnsafeBytes { TensorData(bytes: $0, type: type) }
    return header.isFortranOrder ? tensor.fromFortranOrder() : tensor
  }

  package static func encode(_ tensor: TensorData) -> [UInt8] {
    pieces(tensor).reduce(into: []) { bytes, piece in piece.withUnsafeBytes { bytes += $0 } }
  }

  /// The file's header and its elements.
  static func pieces(_ tensor: TensorData) -> [FilePiece] {
    let stored = tensor.converted(to: NPYHeader.storable(tensor.dtype))
    let extents = stored.shape.map { "\($0)," }.joined(separator: " ")
    var header =
      "{'descr': '\(NPYHeader.description(of: stored.dtype))', 'fortran_order': False, "
      + "'shape': (\(extents)), }"
    // The header ends in a newline and pads the data to a multiple of 64.
    let padding = 63 - (10 + header.utf8.count) % 64
    header += String(repeating: " ", count: padding) + "\n"
    let count = header.utf8.count
    let size = [UInt8(truncatingIfNeeded: count), UInt8(truncatingIfNeeded: count >> 8)]
    return [.bytes(magic + [1, 0] + size + Array(header.utf8)), .elements(stored)]
  }

  private static let magic: [UInt8] = [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]

  private static func refuse(_ what: String, _ name: String, fix: String) -> LeptonError {
    LeptonError(.badInput, what, at: name, fix: fix)
  }
}

extension TensorData {
  /// The row-major tensor whose elements are stored here first axis fastest.
  fileprivate func fromFortranOrder() -> TensorData {
    guard shape.rank > 1 else { return self }
    var strides = [Int](repeating: 1, count: shape.rank)
    for axis in 1..<shape.rank { strides[axis] = strides[axis - 1] * shape[axis - 1] }
    return gathered(shape, by: strides)
  }
}
