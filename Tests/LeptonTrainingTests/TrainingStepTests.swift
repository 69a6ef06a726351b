import Lepton
import LeptonRuntime
import Testing

import LeptonTraining

@Suite struct TrainingStepTests {
  @Test("The step of lenet has the ports that it promises")
  func lenetPorts() throws {
    let model = try Architecture.lenet.model(seed: 1)
    let graph = try TrainingStep.build(model, loss: .crossEntropy, optimizer: .adam(), batch: 4)
    #expect(
      graph.dataInputs.map(\.name) == [
        "input", "labels", "learning_rate", "correction1", "correction2",
      ])
    #expect(graph.dataOutputs.map(\.name) == ["loss", "correct"])
    #expect(graph.parameters.map(\.name).contains("0.weight"))
    #expect(graph.output(named: "optimizer.v.9.bias")?.role == .state)
    // Every parameter has a next value.
    for port in graph.parameters { #expect(graph.output(named: port.name)?.role == .parameter) }
  }

  @Test("A few steps on one batch make the loss smaller", arguments: Optimizer.samples)
  func learns(_ optimizer: Optimizer, rate: Double) throws {
    let model = try Sequential(Dense(4, 8), Tanh(), Dense(8, 3))
      .model(input: TensorType(.f32, [1, 4]), seed: 3)
    let run = try TrainingRun(
      model, loss: .crossEntropy, optimizer: optimizer, batch: 6, backend: ReferenceBackend())
    let x = TensorData((0..<24).map { Float(($0 * 7) % 11) / 5 - 1 }, shape: [6, 4])
    let labels = TensorData([0, 1, 2, 0, 1, 2] as [Int32], shape: [6])
    let losses = try (0..<30).map { _ in
      try run.step([x], labels: labels, learningRate: rate).loss
    }
    #expect(losses.last! < 0.9 * losses[0])
  }
}

extension Optimizer {
  static let samples: [(Optimizer, Double)] = [
    (.sgd(), 0.5), (.sgd(momentum: 0.9, nesterov: true), 0.05), (.adam(), 0.05), (.adamW(), 0.05),
  ]
}
