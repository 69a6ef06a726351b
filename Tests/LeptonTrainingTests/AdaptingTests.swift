import Foundation
import Lepton
import LeptonCompiler
import LeptonData
import LeptonGraph
import LeptonONNX
import LeptonOps
import LeptonRuntime
import LeptonValues
import Testing

import LeptonTraining

@Suite("Trained models made ready for other data")
struct AdaptingTests {
  private let features = TensorData((0..<12).map { Float($0) / 7 - 0.8 }, shape: [6, 2])

  /// The values before the last layer, by giving it the identity for weights.
  private func run(_ model: Model) throws -> TensorData {
    try Session(model.withBatch(6), backend: ReferenceBackend()).run([features])[0]
  }

  @Test("A new last layer has other classes; all before it computes what it did")
  func newHead() throws {
    let model = try TrainerTests.network()
    let other = try model.withNewHead(classes: 5, seed: 1)
    #expect(try run(other).shape == [6, 5])
    let changed = model.weights.keys.filter { model.weights[$0] != other.weights[$0] }
    #expect(Set(changed) == ["4.weight", "4.bias"])
    #expect(other.weights["4.weight"]?.shape == [5, 8])
    #expect(other.weights["4.bias"]?.doubles == [0, 0, 0, 0, 0])
    #expect(try other == model.withNewHead(classes: 5, seed: 1))
    #expect(try other != model.withNewHead(classes: 5, seed: 2))
  }

  @Test(
    "Heads are found as other tools write them: transposed weights, reshaped biases, convolutions")
  func foreignHeads() throws {
    var b = GraphBuilder(name: "foreign")
    let x = b.input("x", TensorType(.f32, [2, 3, 4, 4]))
    let w = b.input("w", TensorType(.f32, [7, 3, 1, 1]), role: .parameter)
    let bias = b.input("b", TensorType(.f32, [7]), role: .parameter)
    var y = try b.add(one: LeptonOps.Conv2D(), x, w)
    y = try b.add(one: Add(), y, b.add(one: Reshape([1, 7, 1, 1]), bias))
    y = try b.add(one: LeptonOps.Relu(), y)
    y = try b.add(one: Reduce(.mean, axes: [2, 3], keepDims: false), y)
    b.output("y", y)
    let convolutional = Model(
      graph: b.graph,
      weights: [
        "w": TensorData(zeros: TensorType(.f32, [7, 3, 1, 1])),
        "b": TensorData(zeros: TensorType(.f32, [7])),
      ])
    // The reshape has the old number of classes in it, and says so.
    #expect(throws: LeptonError.self) { try convolutional.withNewHead(classes: 3, seed: 0) }

    var c = GraphBuilder(name: "transposed")
    let z = c.input("x", TensorType(.f32, [2, 5]))
    let v = c.input("v", TensorType(.f32, [4, 5]), role: .parameter)
    let product = try c.add(one: MatMul(), z, c.add(one: Transpose([1, 0]), v))
    c.output("y", try c.add(one: LeptonOps.Softmax(), product))
    let transposed = Model(
      graph: c.graph, weights: ["v": TensorData(zeros: TensorType(.f32, [4, 5]))])
    let other = try transposed.withNewHead(classes: 9, seed: 0)
    #expect(other.weights["v"]?.shape == [9, 5])
    #expect(try other.endingInLogits().graph.nodes.count == 2)
  }

  @Test("A model whose output no single layer makes is refused with what to do")
  func noHead() throws {
    var b = GraphBuilder(name: "sum")
    let x = b.input("x", TensorType(.f32, [2, 3]))
    b.output("y", try b.add(one: LeptonOps.Relu(), x))
    let error = #expect(throws: LeptonError.self) {
      try Model(graph: b.graph, weights: [:]).withNewHead(classes: 2, seed: 0)
    }
    #expect(error?.kind == .badInput && error?.fix.contains("keep") == true)
  }

  @Test(
    "Only the last layer learns where that is asked for, and afterwards all is a parameter again")
  func headOnly() throws {
    let model = try TrainerTests.network()
    let head = try model.trainingHeadOnly()
    #expect(Set(head.graph.parameters.map(\.name)) == ["4.weight", "4.bias"])
    let trained = model.with(trained: try TrainerTests().fit(model: head).model)
    let moved = model.weights.keys.filter { model.weights[$0] != trained.weights[$0] }
    #expect(Set(moved) == ["4.weight", "4.bias"])
    #expect(
      Set(trained.graph.parameters.map(\.name)) == Set(model.graph.parameters.map(\.name)))
    #expect(trained.parameterCount == model.parameterCount)
  }

  @Test(
    "What PyTorch exports in training mode is a model again: it trains, and its statistics move")
  func trainingMode() throws {
    let file = GoldenCurve.folder.appendingPathComponent("training-mode.onnx")
    #expect(throws: LeptonError.self) { try ONNXImporter().model(at: file) }
    var importer = ONNXImporter()
    importer.restoresTraining = true
    let model = try importer.model(at: file)
    #expect(model.graph.nodes.filter { $0.op is LeptonOps.BatchNorm }.count == 2)
    #expect(model.graph.nodes.compactMap { ($0.op as? LeptonOps.Dropout)?.rate } == [0.25])
    #expect(model.graph.parameters.count == 9)
    let run = try TrainingRun(
      model, loss: .crossEntropy, optimizer: .sgd(), batch: 2, backend: ReferenceBackend())
    let images = TensorData((0..<384).map { Float($0 % 17) / 9 - 1 }, shape: [2, 3, 8, 8])
    let labels = TensorData([Int32(1), 3], shape: [2])
    _ = try run.step([images], labels: labels, learningRate: 0.1)
    let trained = try run.model()
    let moved = model.weights.keys.filter { model.weights[$0] != trained.weights[$0] }
    let statistics = model.weights.keys.filter { $0.contains("running") }
    #expect(statistics.count == 4 && statistics.allSatisfy(moved.contains))
    #expect(moved.contains("0.weight") && moved.contains("10.weight"))
  }
}
