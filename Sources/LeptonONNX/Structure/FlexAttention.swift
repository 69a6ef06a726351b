import LeptonGraph
import LeptonOps
import LeptonValues

extension Structure {
  /// Attention whose scores and weights pass through graphs that the node holds (`score_mod`, `prob_mod`).
  static let flexAttention: Reader = { reader, node, scope, context in
    let known = ["prob_mod", "scale", "score_mod", "softmax_precision"]
    if let unknown = node.attribute.first(where: { !known.contains($0.name) }) {
      throw LeptonError(.badInput, "attribute '\(unknown.name)' is not supported")
    }
    let operands = try (0..<3).map { try reader.tensor($0, of: node, scope) }
    let shapes = operands.map { context.shape(of: $0) }
    let dtype = context.dtype(of: operands[0])
    guard shapes.allSatisfy({ $0.rank == 4 }), dtype.isFloatingPoint,
      operands.allSatisfy({ context.dtype(of: $0) == dtype }),
      shapes[1][1] > 0, shapes[0][1] % shapes[1][1] == 0, shapes[2][1] == shapes[1][1]
    else {
      throw LeptonError(
        .badInput, "query, key and value are \(shapes.map(\.description))",
        fix: "give three of 4 axes; the query heads are a multiple of the key heads")
    }
    let code = node.int("softmax_precision", default: (dtype == .f64 ? DType.f64 : .f32).onnxCode)
    guard let precision = DType(onnxCode: code), precision.isFloatingPoint else {
      throw LeptonError(.badInput, "softmax_precision \(code) is no floating-point type")
    }
    let given = node.attribute.first { $0.name == "scale" && $0.type == .float }
    let scale = given.map { Double($0.f) } ?? 1 / Double(shapes[0][3]).squareRoot()

    func modified(_ value: Value, _ name: String) throws -> Value {
      guard node.attribute.contains(where: { $0.name == name }) else { return value }
      let results = try reader.read(node.graph(name), [.tensor(value)], scope, &context)
      guard results.count == 1, case .tensor(let result) = results[0],
        context.type(of: result) == context.type(of: value)
      else {
        throw LeptonError(
          .badInput, "\(name) does not make one tensor \(context.type(of: value))",
          fix: "it keeps shape and type")
      }
      return result
    }
    let groups = shapes[0][1] / shapes[1][1]
    let scores = try reader.adding(&context) { context in
      let key = try context.repeatedHeads(operands[1], groups)
      let query = try context.times(operands[0], scale)
      return try context.cast(context.add(MatMul(transposeB: true), query, key), to: precision)
    }
    let shifted = try modified(scores, "score_mod")
    let weights = try modified(
      reader.adding(&context) { try $0.add(Softmax(), shifted) }, "prob_mod")
    return try reader.adding(&context) { context in
      let value = try context.repeatedHeads(operands[2], groups)
      return [.tensor(try context.add(MatMul(), context.cast(weights, to: dtype), value))]
    }
  }
}
