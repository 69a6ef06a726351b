import LeptonGraph
import LeptonOps
import LeptonValues

extension Compositions {
  /// The elements on one side of a diagonal; the others become zeros.
  static let readTrilu: ONNXReader = { node, context in
    let x = try node.input(0)
    let shape = context.builder.shape(of: x)
    guard shape.rank >= 2 else { throw node.error("\(shape) is no matrix") }
    let matrix = Shape(Array(shape.suffix(2)))
    try context.requireSmall(TensorType(.bool, matrix), node)
    let offset = try context.ints(node, input: 1)?.first ?? 0
    let isUpper = node.int("upper", default: 1) != 0
    let mask = (0..<matrix.elementCount).map { position in
      let (row, column) = position.quotientAndRemainder(dividingBy: matrix[1])
      return isUpper ? column - row >= offset : column - row <= offset
    }
    let kept = try context.addConstant(TensorData(mask, shape: matrix))
    return try context.builder.add(Select(), [kept, x, context.builder.scalar(0, like: x)])
  }

  /// Ones on a diagonal of a matrix of the operand's shape.
  static let readEyeLike: ONNXReader = { node, context in
    let type = context.builder.type(of: try node.input(0))
    let code = node.int("dtype", default: type.dtype.onnxCode)
    guard type.shape.rank == 2, let dtype = DType(onnxCode: code) else {
      throw node.error("a matrix like \(type) of element type \(code)")
    }
    try context.requireSmall(TensorType(.f64, type.shape), node)
    let offset = node.int("k", default: 0)
    let numbers = (0..<type.shape.elementCount).map { position in
      let (row, column) = position.quotientAndRemainder(dividingBy: type.shape[1])
      return column - row == offset ? 1.0 : 0
    }
    return [try context.addConstant(TensorData(numbers, as: TensorType(dtype, type.shape)))]
  }
}
