import Foundation
import LeptonCPU
import LeptonCompiler
import LeptonData
import LeptonGraph
import LeptonONNX
import LeptonRuntime
import LeptonValues
import Testing

import LeptonTraining

/// Ten small networks, trained from the same weights on the same batches, follow PyTorch's loss
/// curves: every operation, its derivative, every optimizer, clipping and running statistics at
/// once. See Golden/README.md.
@Suite struct GoldenCurveTests {
  /// Largest accepted difference of a loss, relative.
  static let tolerance = 1e-4
  /// One thread: other tests run beside these, and threads that share a core wait for each other.
  static let options = CompileOptions(threads: 1)

  @Test(
    "Fifty steps on the reference back end follow PyTorch's curve",
    arguments: try! GoldenCurve.names())
  func referenceFollows(_ name: String) throws {
    try check(name, on: ReferenceBackend())
  }

  @Test("Fifty steps on the CPU follow PyTorch's curve", arguments: try! GoldenCurve.names())
  func cpuFollows(_ name: String) throws {
    try check(name, on: CPUBackend())
  }

  private func check(_ name: String, on backend: any Backend) throws {
    let golden = try GoldenCurve(name)
    let run = try TrainingRun(
      golden.model, loss: golden.loss, optimizer: golden.optimizer, batch: golden.batch,
      clipNorm: golden.clipNorm, labels: golden.labelType, backend: backend,
      options: Self.options)
    for (step, expected) in golden.losses.enumerated() {
      let batch = step % golden.features.count
      let result = try run.step(
        [golden.features[batch]], labels: golden.labels[batch],
        learningRate: golden.learningRate)
      try #require(
        abs(result.loss - expected) <= Self.tolerance * abs(expected),
        "step \(step): \(result.loss), PyTorch has \(expected)")
    }
    let evaluation = try golden.evaluationLoss(of: run.model(), on: backend)
    #expect(
      abs(evaluation - golden.evaluation) <= Self.tolerance * abs(golden.evaluation),
      "evaluation: \(evaluation), PyTorch has \(golden.evaluation)")
  }
}

/// One folder of Golden.
struct GoldenCurve {
  let model: Model
  let loss: Loss
  let optimizer: LeptonTraining.Optimizer
  let clipNorm: Double?
  let learningRate: Double
  let losses: [Double]
  let evaluation: Double
  /// A tensor for each batch.
  let features: [TensorData]
  let labels: [TensorData]

  var batch: Int { features[0].shape[0] }
  var labelType: TensorType { labels[0].type }

  static let folder = Bundle.module.resourceURL!.appendingPathComponent("Golden")

  static func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path)
      .filter {
        FileManager.default.fileExists(
          atPath: folder.appendingPathComponent("\($0)/curve.json").path)
      }
      .sorted()
  }

  private struct Curve: Decodable {
    struct Optimizer: Decodable {
      var kind: String
      var lr, beta1, beta2, epsilon, weightDecay, momentum: Double
      var nesterov: Bool
      var clipNorm: Double?
    }
    var optimizer: Optimizer
    var loss: String
    var losses: [Double]
    var evaluationLoss: Double
  }

  init(_ name: String) throws {
    let folder = Self.folder.appendingPathComponent(name)
    func path(_ file: String) -> String { folder.appendingPathComponent(file).path }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let curve = try decoder.decode(
      Curve.self, from: Data(contentsOf: folder.appendingPathComponent("curve.json")))
    model = try ONNXImporter().model(at: folder.appendingPathComponent("model.onnx"))
    let settings = curve.optimizer
    switch settings.kind {
    case "sgd":
      optimizer = .sgd(
        momentum: settings.momentum, nesterov: settings.nesterov,
        weightDecay: settings.weightDecay)
    case "adam":
      optimizer = .adam(
        beta1: settings.beta1, beta2: settings.beta2, epsilon: settings.epsilon,
        weightDecay: settings.weightDecay)
    default:
      optimizer = .adamW(
        beta1: settings.beta1, beta2: settings.beta2, epsilon: settings.epsilon,
        weightDecay: settings.weightDecay)
    }
    loss =
      switch curve.loss {
      case "cross_entropy": .crossEntropy
      case "binary_cross_entropy": .binaryCrossEntropy
      default: .meanSquaredError
      }
    clipNorm = settings.clipNorm
    learningRate = settings.lr
    losses = curve.losses
    evaluation = curve.evaluationLoss
    features = try NPY.read(path("x.npy")).batches
    labels = try NPY.read(path("t.npy")).batches
  }

  /// The loss of the first batch in inference mode.
  func evaluationLoss(of model: Model, on backend: any Backend) throws -> Double {
    let graph = try EvaluationStep.build(model, loss: loss, batch: batch, labels: labelType)
    let names = Set(graph.residents.map(\.name))
    let session = try Session(
      step: graph, residents: model.weights.filter { names.contains($0.key) }, backend: backend,
      options: GoldenCurveTests.options)
    let mask = TensorData([Float](repeating: 1, count: batch), shape: [batch])
    return try session.run([features[0], labels[0], mask])[0].doubles[0] / Double(batch)
  }
}

extension TensorData {
  /// The parts along the first axis.
  fileprivate var batches: [TensorData] {
    let shape = Shape(Array(shape.dropFirst()))
    let values = doubles
    return (0..<self.shape[0]).map { index in
      let start = index * shape.elementCount
      return TensorData(
        Array(values[start..<(start + shape.elementCount)]), as: TensorType(dtype, shape))
    }
  }
}
