import LeptonGraph
import LeptonOps
import LeptonValues

/// Long short-term memory, its gates in ONNX's order: input, output, forget, cell.
struct LSTMCell: RecurrentCell {
  static let gateCount = 4

  init(_ node: ONNXNode) throws {
    guard (node.optionalInput(5) == nil) == (node.optionalInput(6) == nil) else {
      throw node.error("one half of the first state is missing")
    }
  }

  func step(
    _ x: Value, _ state: [Value]?, _ weights: RecurrentWeights, _ b: inout GraphBuilder
  ) throws -> [Value] {
    var sum = x
    if let product = try weights.product(state?[0], &b) { sum = try b.add(one: Add(), x, product) }
    let input = try b.add(one: Sigmoid(), weights.gate(0, of: sum, &b))
    let output = try b.add(one: Sigmoid(), weights.gate(1, of: sum, &b))
    let candidate = try b.add(one: Tanh(), weights.gate(3, of: sum, &b))
    var cell = try b.add(one: Multiply(), input, candidate)
    if let last = state?[1] {
      let forget = try b.add(one: Sigmoid(), weights.gate(2, of: sum, &b))
      cell = try b.add(one: Add(), cell, b.add(one: Multiply(), forget, last))
    }
    return [try b.add(one: Multiply(), output, b.add(one: Tanh(), cell)), cell]
  }
}

/// Gated recurrent unit, its gates in ONNX's order: update, reset, hidden.
struct GRUCell: RecurrentCell {
  static let gateCount = 3
  /// Whether the reset gate acts on the recurrent product (PyTorch) or on the state before it.
  private let resetsProduct: Bool

  init(_ node: ONNXNode) {
    resetsProduct = node.int("linear_before_reset", default: 0) != 0
  }

  func step(
    _ x: Value, _ state: [Value]?, _ weights: RecurrentWeights, _ b: inout GraphBuilder
  ) throws -> [Value] {
    let last = state?[0]
    let product = try weights.product(last, &b)
    func sum(_ gate: Int, _ b: inout GraphBuilder) throws -> Value {
      let part = try weights.gate(gate, of: x, &b)
      return try product.map { try b.add(one: Add(), part, weights.gate(gate, of: $0, &b)) } ?? part
    }
    let update = try b.add(one: Sigmoid(), sum(0, &b))
    let reset = try b.add(one: Sigmoid(), sum(1, &b))
    var inner = try weights.gate(2, of: x, &b)
    if resetsProduct, let product {
      let part = try b.add(one: Multiply(), reset, weights.gate(2, of: product, &b))
      inner = try b.add(one: Add(), inner, part)
    } else if !resetsProduct {
      let kept = try last.map { try b.add(one: Multiply(), reset, $0) }
      if let product = try weights.product(kept, &b) {
        inner = try b.add(one: Add(), inner, weights.gate(2, of: product, &b))
      }
    }
    let candidate = try b.add(one: Tanh(), inner)
    let one = try b.scalar(1, like: x)
    let fresh = try b.add(one: Multiply(), b.add(one: Subtract(), one, update), candidate)
    guard let last else { return [fresh] }
    return [try b.add(one: Add(), fresh, b.add(one: Multiply(), update, last))]
  }
}
