import Foundation
import LeptonGraph
import LeptonOps
import LeptonValues
import Testing

@Suite("Optimizer steps")
struct OptimizerTests {
  private static let shape: Shape = [4]
  private static let zeros = TensorData(zeros: TensorType(.f64, shape))
  private static func scalar(_ value: Double) -> TensorData { TensorData(scalar: value) }

  @Test(
    "of gradient descent move as PyTorch's do",
    arguments: [
      (SGDUpdate(), [-0.175076841, 0.760938998, 0.408245919, -0.63459816]),
      (
        SGDUpdate(momentum: 0.9, weightDecay: 0.01),
        [-0.250725083, 0.545593791, 0.188465508, -0.723017542]
      ),
      (
        SGDUpdate(momentum: 0.9, weightDecay: 0.01, nesterov: true),
        [-0.400501377, 0.382646484, 0.113198689, -0.663872767]
      ),
    ])
  func descent(_ op: SGDUpdate, _ expected: [Double]) throws {
    var state = [sine(Self.shape, 1.3), Self.zeros]
    for step in 0..<3 {
      // A gradient twice too large, scaled by one half.
      let gradient = TensorData(
        sine(Self.shape, 0.8, Double(step)).doubles.map { $0 * 2 }, as: Self.zeros.type)
      let operands = [state[0], gradient, state[1], Self.scalar(0.1), Self.scalar(0.5)]
      state = try applied(op, operands).results
    }
    #expect(zip(state[0].doubles, expected).allSatisfy { abs($0 - $1) < 1e-8 })
  }

  @Test(
    "of Adam move as PyTorch's do",
    arguments: [
      (AdamUpdate(), [-0.160368832, 0.672613241, 0.27787184, -0.7901514]),
      (AdamUpdate(weightDecay: 0.01), [-0.160368356, 0.672448478, 0.277420062, -0.787886735]),
      (
        AdamUpdate(beta1: 0.8, beta2: 0.95, epsilon: 1e-3, weightDecay: 0.05, decoupled: true),
        [-0.166391624, 0.661315799, 0.280654221, -0.764834993]
      ),
    ])
  func adam(_ op: AdamUpdate, _ expected: [Double]) throws {
    var state = [sine(Self.shape, 1.3), Self.zeros, Self.zeros]
    for step in 1...3 {
      let scalars = [
        0.1, 1, 1 - pow(op.beta1, Double(step)), 1 - pow(op.beta2, Double(step)),
      ].map(Self.scalar)
      let gradient = sine(Self.shape, 0.8, Double(step - 1))
      state = try applied(op, [state[0], gradient] + state[1...] + scalars).results
    }
    #expect(zip(state[0].doubles, expected).allSatisfy { abs($0 - $1) < 1e-8 })
  }

  @Test("have no derivative, and say so")
  func derivative() {
    let operands = [sine([2]), sine([2]), sine([2]), Self.scalar(0.1), Self.scalar(1)]
    #expect(throws: LeptonError.self) { try applied(SGDUpdate(), operands, seed: (1, 0)) }
  }
}
