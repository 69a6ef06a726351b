import CLeptonKernels
import LeptonValues

extension DType {
  /// The kernels' name of the type; nil for those that only the reference computes in.
  var kernel: Int32? {
    switch self {
    case .f32: Int32(LK_F32.rawValue)
    case .bf16: Int32(LK_BF16.rawValue)
    case .i8: Int32(LK_S8.rawValue)
    case .u8: Int32(LK_U8.rawValue)
    case .i32: Int32(LK_S32.rawValue)
    case .i64: Int32(LK_S64.rawValue)
    case .bool: Int32(LK_BOOL.rawValue)
    default: nil
    }
  }
}

// C arrays are tuples in Swift; these view them as arrays.

/// Views a tuple of equal elements as a buffer of them.
func withElements<Tuple, Element, R>(
  _ tuple: inout Tuple, of _: Element.Type, _ body: (UnsafeMutableBufferPointer<Element>) -> R
) -> R {
  withUnsafeMutableBytes(of: &tuple) { body($0.bindMemory(to: Element.self)) }
}

/// Copies whole numbers into a C array of int64_t.
func copyIn(_ numbers: [Int], _ bytes: UnsafeMutableRawBufferPointer) {
  let target = bytes.bindMemory(to: Int64.self)
  for (position, number) in numbers.enumerated() { target[position] = Int64(number) }
}

/// The result array of an elementwise program has an anonymous element type in C.
func withResults(
  _ arguments: inout lk_elementwise,
  _ body: (UnsafeMutableBufferPointer<lk_result>) -> Void
) {
  withElements(&arguments.results, of: lk_result.self) { body($0) }
}

/// Merges neighbouring axes that every operand crosses as one; axes of one element fall away. At least one axis stays.
func collapse(_ extents: [Int], _ strides: [[Int]]) -> (extents: [Int], strides: [[Int]]) {
  var resultExtents: [Int] = []
  var resultStrides = [[Int]](repeating: [], count: strides.count)
  for axis in extents.indices where extents[axis] != 1 {
    let merges =
      !resultExtents.isEmpty
      && strides.indices.allSatisfy {
        resultStrides[$0].last! == strides[$0][axis] * extents[axis]
      }
    if merges {
      resultExtents[resultExtents.count - 1] *= extents[axis]
      for operand in strides.indices {
        resultStrides[operand][resultStrides[operand].count - 1] = strides[operand][axis]
      }
    } else {
      resultExtents.append(extents[axis])
      for operand in strides.indices { resultStrides[operand].append(strides[operand][axis]) }
    }
  }
  if resultExtents.isEmpty { return ([1], strides.map { _ in [0] }) }
  return (resultExtents, resultStrides)
}
