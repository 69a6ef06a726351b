import Foundation
import Testing

import Lepton

@Suite struct AttentionTests {
  @Test("Attention is the mean of the values, weighted by softmax of the scaled scores")
  func matchesLoops() throws {
    let (positions, features, heads) = (3, 4, 2)
    let model = try MultiHeadAttention(features, heads: heads)
      .model(input: TensorType(.f32, [1, positions, features]), seed: 5)
    let x = (0..<12).map { Double(($0 * 5) % 7) / 3 - 1 }
    let inputs = model.graph.inputs.map { port in
      port.role == .data
        ? TensorData(x, as: model.graph.type(of: port.value)) : model.weights[port.name]!
    }
    let actual = try model.graph.evaluate(inputs)[0].doubles

    func dense(_ name: String, _ rows: [Double]) -> [Double] {
      let weight = model.weights["\(name).weight"]!.doubles
      let bias = model.weights["\(name).bias"]!.doubles
      return (0..<positions).flatMap { row in
        (0..<features).map { o in
          (0..<features).reduce(bias[o]) {
            $0 + rows[row * features + $1] * weight[o * features + $1]
          }
        }
      }
    }
    let (q, k, v) = (dense("query", x), dense("key", x), dense("value", x))
    var mixed = [Double](repeating: 0, count: positions * features)
    let width = features / heads
    for head in 0..<heads {
      for t in 0..<positions {
        let scores = (0..<positions).map { s in
          (0..<width).reduce(0) {
            $0 + q[t * features + head * width + $1] * k[s * features + head * width + $1]
          } / Double(width).squareRoot()
        }
        let weights = scores.map { exp($0) }
        let total = weights.reduce(0, +)
        for s in 0..<positions {
          for i in 0..<width {
            mixed[t * features + head * width + i] +=
              weights[s] / total * v[s * features + head * width + i]
          }
        }
      }
    }
    for (a, b) in zip(actual, dense("output", mixed)) { #expect(abs(a - b) < 1e-6) }
  }

  @Test("A masked position has no influence on the others")
  func mask() throws {
    let attention = MultiHeadAttention(4, heads: 2)
    let model = try Model(
      tracing: attention,
      inputs: [("x", TensorType(.f32, [2, 3, 4])), ("mask", TensorType(.f32, [2, 3]))]
    ) { [("y", attention($0[0], mask: $0[1]))] }
    let short = try attention.model(input: TensorType(.f32, [1, 2, 4]))
    let x = (0..<24).map { Double(($0 * 5) % 7) / 3 - 1 }
    func run(_ model: Model, _ feeds: [String: [Double]]) throws -> [Double] {
      let inputs = model.graph.inputs.map { port in
        feeds[port.name].map { TensorData($0, as: model.graph.type(of: port.value)) }
          ?? model.weights[port.name]!
      }
      return try model.graph.evaluate(inputs)[0].doubles
    }
    let masked = try run(model, ["x": x, "mask": [1, 1, 0, 1, 1, 1]])
    let alone = try run(short, ["input": Array(x[..<8])])
    for (a, b) in zip(masked, alone) { #expect(abs(a - b) < 1e-6) }
  }
}
