public import LeptonGraph
import LeptonValues

extension MatMul {
  public static let onnxReaders: [String: ONNXReader] = [
    "MatMul": { node, context in
      [try context.builder.product(try node.input(0), try node.input(1))]
    },
    "Gemm": { node, context in
      let op = MatMul(
        transposeA: node.int("transA", default: 0) != 0,
        transposeB: node.int("transB", default: 0) != 0)
      let (x, w) = (try node.input(0), try node.input(1))
      var y = try context.builder.add(one: op, x, w)
      y = try context.scaled(y, by: node.float("alpha", default: 1))
      guard let bias = node.optionalInput(2) else { return [y] }
      let term = try context.scaled(bias, by: node.float("beta", default: 1))
      return [try context.builder.add(one: Add(), y, term)]
    },
  ]

  public func writeONNX(_ node: Node, _ writer: inout ONNXWriter) throws {
    let ranks = node.operands.map { writer.type(of: $0).shape.rank }
    if !transposeA && !transposeB {
      writer.emit("MatMul", for: node)
    } else if ranks == [2, 2] {
      writer.emit(
        "Gemm", for: node,
        ["transA": .int(transposeA ? 1 : 0), "transB": .int(transposeB ? 1 : 0)])
    } else {
      let inputs = zip(node.operands, [transposeA, transposeB]).map { operand, transposed in
        transposed ? writer.transposed(operand) : writer.name(of: operand)
      }
      writer.emit("MatMul", inputs, [writer.name(of: node.result)])
    }
  }
}

extension GraphBuilder {
  /// The product by NumPy's rule, where a vector counts as a row before and a column behind.
  fileprivate mutating func product(_ a: Value, _ b: Value) throws -> Value {
    let (shapeA, shapeB) = (shape(of: a), shape(of: b))
    let left = shapeA.rank == 1 ? try add(one: Reshape([1, -1]), a) : a
    let right = shapeB.rank == 1 ? try add(one: Reshape([-1, 1]), b) : b
    let y = try add(one: MatMul(), left, right)
    guard shapeA.rank == 1 || shapeB.rank == 1 else { return y }
    let leading = Array(repeating: 0, count: shape(of: y).rank - 2)
    let matrix = (shapeA.rank == 1 ? [] : [0]) + (shapeB.rank == 1 ? [] : [-1])
    return try add(one: Reshape(leading + matrix), y)
  }
}

extension ONNXReadContext {
  fileprivate mutating func scaled(_ value: Value, by factor: Double) throws -> Value {
    guard factor != 1 else { return value }
    let type = TensorType(builder.dtype(of: value), [])
    let constant = try addConstant(TensorData([factor], as: type))
    return try builder.add(one: Multiply(), value, constant)
  }
}

extension ONNXWriter {
  /// Writes a transposition of the last two axes and answers the name of its result.
  fileprivate mutating func transposed(_ value: Value) -> String {
    let rank = type(of: value).shape.rank
    let result = temporary("transposed")
    emit(
      "Transpose", [name(of: value)], [result],
      ["perm": .ints(Array(0..<rank - 2) + [rank - 1, rank - 2])])
    return result
  }
}
