// An elementwise operation: what happens to one element, and the gradient.

import LeptonGraph
import LeptonOps
import LeptonValues

/// `x / (1 + |x|)`
struct Softsign: ElementwiseOp {
  static let name = "softsign"
  static let operandCount = 1

  func emit(_ x: [ScalarProgram.Register], _ p: inout ScalarProgram) -> ScalarProgram.Register {
    let one = p.constant(1)
    return p.step(.divide, x[0], p.step(.add, one, p.step(.absolute, x[0])))
  }

  /// g / (1 + |x|)²
  func pullback(
    _ node: Node, _ gradients: [Value?], _ b: inout GraphBuilder
  ) throws -> [Value?] {
    guard let gradient = gradients[0] else { return [nil] }
    let one = try b.add(one: Constant(TensorData(scalar: Float(1))))
    let root = try b.add(one: Add(), one, b.add(one: Abs(), node.operand))
    return [try b.add(one: Divide(), gradient, b.add(one: Multiply(), root, root))]
  }

  static let samples = [Sample(Softsign(), [.uniform([3, 4], -5...5)])]
}

// The generic suites test type rule, gradient and back ends from the samples.
print(Softsign.samples.count)
