import Foundation
import LeptonValues
import Testing

/// The elements of a `.npy` file: little-endian, row-major, of the types that the golden values have.
func readNumPy(_ url: URL) throws -> TensorData {
  let data = try Data(contentsOf: url)
  let headerLength = Int(data[8]) | Int(data[9]) << 8
  let header = String(decoding: data[10..<(10 + headerLength)], as: UTF8.self)
  let body = data[(10 + headerLength)...]
  let descriptor = try #require(header.firstMatch(of: /'descr': '([^']+)'/)).1
  let extents = try #require(header.firstMatch(of: /'shape': \(([^)]*)\)/)).1
  try #require(header.contains("'fortran_order': False"))
  let shape = Shape(
    extents.split(separator: ",").compactMap { Int($0.trimmingCharacters(in: .whitespaces)) })
  let dtypes: [Substring: DType] = [
    "<f4": .f32, "<f8": .f64, "<i4": .i32, "<i8": .i64, "|i1": .i8, "|u1": .u8, "|b1": .bool,
  ]
  let dtype = try #require(dtypes[descriptor], "\(url.lastPathComponent) is \(descriptor)")
  let type = TensorType(dtype, shape)
  return try dtype.withScalar { scalar in
    func elements<S: Scalar>(_: S.Type) throws -> TensorData {
      try #require(body.count == type.byteCount)
      let values = body.withUnsafeBytes { bytes in
        (0..<shape.elementCount).map {
          bytes.loadUnaligned(fromByteOffset: $0 * MemoryLayout<S>.size, as: S.self)
        }
      }
      return TensorData(values, shape: shape)
    }
    return try elements(scalar)
  }
}
