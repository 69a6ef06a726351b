import Lepton
import LeptonCPU
import LeptonCompiler
import LeptonCompression
import LeptonData
import LeptonGraph
import LeptonOps
import LeptonTraining
import LeptonValues
import Testing

@Suite("Quantisation to 8 bits")
struct Int8QuantizationTests {
  private func calibration(_ model: Model) throws -> Calibration {
    try Calibration(of: model, on: CalibrationSet(drawnFrom: halves(64, seed: 3), leavingOut: []))
  }

  @Test(
    "The CPU session computes what the graph says, within one step of the output",
    arguments: [Network.convolutional, .dense])
  func sessionAgreesWithReference(network: Network) throws {
    let int8 = try calibration(network.model()).quantized()
    let images = try halves(8, seed: 9).features
    let defined = try int8.withBatch(8).frozen().evaluate([images])[0].floats
    let computed = try Session(int8.withBatch(8)).run([images])[0].floats
    let step = defined.map(abs).max()! / 127
    for (a, b) in zip(defined, computed) { #expect(abs(a - b) <= step) }
  }

  @Test("A quantised model computes nearly, but not quite, what the model does")
  func isNear() throws {
    let model = try smallCNN()
    let int8 = try calibration(model).quantized()
    let images = try halves(16, seed: 4).features
    let exact = try Session(model.withBatch(16)).run([images])[0].floats
    let rounded = try Session(int8.withBatch(16)).run([images])[0].floats
    let largest = exact.map(abs).max()!
    for (a, b) in zip(exact, rounded) { #expect(abs(a - b) < 0.05 * largest) }
    #expect(exact != rounded)
  }

  @Test("Every layer of a chain becomes an integer kernel, and nothing is rounded on its own")
  func foldsCompletely() throws {
    let int8 = try calibration(smallCNN()).quantized().withBatch(8)
    let graph = try Session(int8).graph
    #expect(graph.nodes.filter { $0.op is QuantizedConv2D }.count == 2)
    #expect(graph.nodes.filter { $0.op is QuantizedDense }.count == 2)
    #expect(!graph.nodes.contains { $0.op is Quantize || $0.op is Dequantize })
    // The normalisation of the stored images is part of the first convolution.
    #expect(!graph.nodes.contains { $0.op is FusedElementwise })
  }

  @Test(
    "A first convolution reads stored images as they are, also where it pads",
    arguments: [(0, [Double]([120]), [Double]([50])), (1, [120], [50]), (0, [120, 90], [50, 70])])
  func readsStoredImages(padding: Int, mean: [Double], std: [Double]) throws {
    let channels = mean.count
    let model = try Sequential {
      Conv2D(channels, 8, kernel: 3, padding: padding)
      Flatten()
    }.model(input: TensorType(.f32, [1, channels, 8, 8]))
      .withImagePreprocessing(mean: mean, std: std)
    let grey = try halves(64, seed: 3)
    let images = try Dataset(
      features: TensorData(
        grey.features.array(of: UInt8.self), shape: [64 / channels, channels, 8, 8]),
      labels: TensorData([Int32](repeating: 0, count: 64 / channels), shape: [64 / channels]),
      classes: ["any"], kind: .image, origin: "images")
    let set = try CalibrationSet(drawnFrom: images, leavingOut: [])
    let int8 = try Calibration(of: model, on: set).quantized()
    #expect(!int8.graph.nodes.contains { $0.op is Quantize || $0.op is Cast })
    #expect(int8.graph.nodes.contains { $0.op is Pad } == (padding > 0))
    let feed = images.first(16).features
    let exact = try Session(model.withBatch(16)).run([feed])[0].floats
    let rounded = try Session(int8.withBatch(16)).run([feed])[0].floats
    let largest = exact.map(abs).max()!
    for (a, b) in zip(exact, rounded) { #expect(abs(a - b) < 0.015 * largest) }
  }

  @Test("Channels that need different pixels at the border are rounded after normalisation")
  func roundsWherePaddingDiffers() throws {
    let model = try Conv2D(2, 8, kernel: 3, padding: 1)
      .model(input: TensorType(.f32, [1, 2, 8, 8]))
      .withImagePreprocessing(mean: [120, 90], std: [50, 70])
    let grey = try halves(64, seed: 3)
    let images = try Dataset(
      features: TensorData(grey.features.array(of: UInt8.self), shape: [32, 2, 8, 8]),
      labels: TensorData([Int32](repeating: 0, count: 32), shape: [32]), classes: ["any"],
      kind: .image, origin: "images")
    let set = try CalibrationSet(drawnFrom: images, leavingOut: [])
    let int8 = try Calibration(of: model, on: set).quantized()
    #expect(int8.graph.nodes.contains { ($0.op as? Quantize)?.dtype == .i8 })
    let feed = images.first(16).features
    let defined = try int8.withBatch(16).frozen().evaluate([feed])[0].floats
    let computed = try Session(int8.withBatch(16)).run([feed])[0].floats
    let largest = defined.map(abs).max()!
    for (a, b) in zip(defined, computed) { #expect(abs(a - b) < 1e-4 * largest) }
  }

  @Test("Weights and biases stay parameters under the paths of their layers")
  func keepsParameters() throws {
    let model = try smallCNN()
    let int8 = try calibration(model).quantized()
    try int8.verify()
    let weights = ["0.weight", "4.weight", "8.weight", "10.weight"]
    for name in weights {
      #expect(int8.weights[name]?.type == model.weights[name]!.type.with(dtype: .i8))
    }
    #expect(int8.weights["0.bias"]?.type == TensorType(.f32, [16]))
    #expect(int8.weights["10.bias"] == model.weights["10.bias"])
    #expect(Set(int8.weights.keys).isSuperset(of: weights))
    // The two vectors of the batch normalisation have become a bias.
    #expect(int8.parameterCount == model.parameterCount - 16)
  }

  @Test("Layers that are excluded stay as they are")
  func excludes() throws {
    let model = try smallCNN()
    let int8 = try calibration(model).quantized(Int8Quantization(excluded: ["0", "10"]))
    #expect(int8.weights["10.weight"] == model.weights["10.weight"])
    #expect(int8.weights["4.weight"]?.dtype == .i8)
    #expect(int8.graph.nodes.filter { $0.op is Quantize }.count == 2)
    #expect(throws: LeptonError.self) {
      try calibration(model).quantized(Int8Quantization(excluded: ["11"]))
    }
  }

  @Test("The model says how it was made, and drops figures that no longer hold")
  func tellsLineage() throws {
    var model = try smallCNN()
    model.facts.metrics["validation.accuracy"] = 0.9
    model.facts.labels = ["left", "right", "lower"]
    model.facts.lineage["recipe"] = "small"
    let set = try CalibrationSet(drawnFrom: halves(64, seed: 3), leavingOut: [])
    let int8 = try Calibration(of: model, on: set).quantized(Int8Quantization(range: .minMax))
    #expect(int8.facts.lineage["compression"] == "int8")
    #expect(int8.facts.lineage["compression.range"] == "min-max")
    #expect(int8.facts.lineage["compression.calibration"] == set.fingerprint)
    #expect(int8.facts.lineage["recipe"] == "small")
    #expect(int8.facts.labels == model.facts.labels)
    #expect(int8.facts.metrics.isEmpty)
  }

  @Test("What is quantised is not quantised again")
  func refusesTwice() throws {
    let int8 = try calibration(smallCNN()).quantized()
    #expect(throws: LeptonError.self) { try calibration(int8) }
  }

  @Test("Accuracy of a trained network survives", .timeLimit(.minutes(2)))
  func keepsAccuracy() throws {
    let train = try halves(768, seed: 1)
    let test = try halves(300, seed: 2)
    var configuration = TrainingConfiguration()
    configuration.epochs = 4
    configuration.batchSize = 32
    let trained = try Trainer.fit(
      smallCNN(), train: train, configuration: configuration, backend: CPUBackend()
    ).model
    let set = try CalibrationSet(drawnFrom: train, leavingOut: [test], count: 128)
    let int8 = try Calibration(of: trained, on: set).quantized()
    let before = try accuracy(of: trained, on: test)
    let after = try accuracy(of: int8, on: test)
    #expect(before > 0.95)
    #expect(after > before - 0.01)
  }

  enum Network {
    case convolutional, dense

    func model() throws -> Model {
      switch self {
      case .convolutional: try smallCNN()
      case .dense: try smallMLP()
      }
    }
  }
}

private func accuracy(of model: Model, on data: Dataset) throws -> Double {
  let evaluator = try Evaluator(model, loss: .crossEntropy, batch: 50, backend: CPUBackend())
  return try evaluator.evaluate(data)!.accuracy!
}
