import LeptonOps
import LeptonValues

/// How a file of ONNX stores elements.
extension DType {
  /// The type with the number `code` in the format. Throws for strings and complex numbers.
  init(elementCode code: Int32) throws {
    guard let type = DType(onnxCode: Int(code)) else {
      let what =
        switch code {
        case 8: "strings"
        case 14, 15: "complex numbers"
        default: "of ONNX type \(code)"
        }
      throw LeptonError(
        .badInput, "its elements are \(what), which is not supported",
        fix: "convert it to a type of numbers")
    }
    self = type
  }

  /// Bytes that `count` elements take in a file, where those of fewer than eight bits lie together.
  func storedByteCount(_ count: Int) -> Int { (count * bitCount + 7) / 8 }

  /// Whether memory holds elements as the file does.
  var isStoredAsIs: Bool { bitCount == 8 * byteCount && self != .bool }
}

extension TensorData {
  /// Elements of fewer than eight bits out of bytes that hold several, the first in the lowest bits.
  init(unpacking bytes: some Collection<UInt8>, _ type: TensorType) {
    let bits = type.dtype.bitCount
    let mask = UInt8(1 << bits - 1)
    let patterns = bytes.flatMap { byte in
      stride(from: 0, to: 8, by: bits).map { Int64(byte >> UInt8($0) & mask) }
    }.prefix(type.shape.elementCount)
    self =
      type.dtype.isInteger
      ? TensorData(wholeNumbers: Array(patterns), as: type)
      : TensorData(patterns.map { Float4E2M1(bits: UInt8($0)) }, shape: type.shape)
  }

  /// The bytes as a file holds them.
  var storedBytes: [UInt8] {
    withUnsafeBytes { bytes in
      let bits = dtype.bitCount
      guard bits < 8 else { return Array(bytes) }
      var packed = [UInt8](repeating: 0, count: dtype.storedByteCount(elementCount))
      let mask = UInt8(1 << bits - 1)
      for (index, byte) in bytes.prefix(elementCount).enumerated() {
        packed[index * bits / 8] |= (byte & mask) << UInt8(index * bits % 8)
      }
      return packed
    }
  }
}
