public import LeptonCPU
import LeptonCompiler
import LeptonData
public import LeptonGraph
public import LeptonRuntime
import LeptonValues

/// A model with the statistics of every activation that feeds a convolution or dense layer: what quantisation needs to
/// know. Measured once, it makes any number of quantised models.
///
/// ```swift
/// let calibration = try Calibration(of: model, on: set)
/// let int8 = try calibration.quantized(Int8Quantization(range: .percentile(99.99)))
/// ```
public struct Calibration: Sendable {
  let source: CompressibleGraph
  /// By value of the source's graph.
  private(set) var statistics: [Value: ActivationStatistics] = [:]
  /// SHA-256 and number of the examples.
  let fingerprint: String
  let count: Int

  /// Runs the model in f32 over the examples, twice: extremes first, then histograms.
  ///
  /// - Throws: `LeptonError` of kind `badInput` where model and examples do not fit, or the model has nothing to quantise.
  public init(
    of model: Model, on set: CalibrationSet, backend: any Backend = CPUBackend()
  ) throws {
    source = try CompressibleGraph(model)
    fingerprint = set.fingerprint
    count = set.examples.count
    guard !source.layers.isEmpty else {
      throw LeptonError(
        .badInput, "model \(model.graph.name) has no convolution or dense layer with known weights",
        at: model.facts.name)
    }
    let probe = try ActivationProbe(source, example: set.examples, backend)
    for value in probe.values { statistics[value] = ActivationStatistics() }
    try probe.run(over: set.examples) { statistics[$0]!.extend(over: $1) }
    try probe.run(over: set.examples) { statistics[$0]!.count($1) }
  }

  /// The layers that can be quantised, with the statistics of their inputs, in the order of the graph.
  public var layers: [(name: String, input: ActivationStatistics)] {
    source.layers.map { ($0.layer.name, statistics[$0.layer.input]!) }
  }
}

/// The network with the inputs of its layers as outputs.
private struct ActivationProbe {
  /// What the outputs are in the source's graph.
  let values: [Value]
  private let session: Session
  private let batch: Int

  init(_ source: CompressibleGraph, example set: Dataset, _ backend: any Backend) throws {
    guard let port = source.graph.dataInputs.first, source.graph.dataInputs.count == 1 else {
      throw LeptonError(
        .badInput,
        "calibration needs a model with one input, \(source.graph.name) has "
          + "\(source.graph.dataInputs.count)")
    }
    let batch = min(32, set.count)
    let type = source.graph.type(of: port.value)
    let example = TensorType(set.features.dtype, Shape([batch] + set.exampleShape.extents))
    guard type.dtype == example.dtype,
      type.shape.dropFirst().elementsEqual(example.shape.dropFirst())
    else {
      throw LeptonError(
        .badInput, "the model takes \(type), the calibration examples are \(example)",
        at: set.origin, fix: "calibrate with examples as the model takes them")
    }
    var values: [Value] = []
    for (_, layer) in source.layers where !values.contains(layer.input) {
      values.append(layer.input)
    }
    let inputs = values
    var b = GraphBuilder(continuing: source.graph)
    b.removeOutputs()
    for (index, value) in inputs.enumerated() { b.output("activation_\(index)", value) }
    let graph = try b.graph.specialized([port.name: example])
    session = try Session(Model(graph: graph, weights: [:]), backend: backend)
    self.values = inputs
    self.batch = batch
  }

  /// Calls `body` with each value and its elements, batch by batch; examples that fill the last batch come up again.
  func run(over set: Dataset, _ body: (Value, [Float]) -> Void) throws {
    for start in stride(from: 0, to: set.count, by: batch) {
      let rows = (start..<(start + batch)).map { $0 % set.count }
      let results = try session.run([set.subset(rows).features])
      for (value, data) in zip(values, results) { body(value, data.floats) }
    }
  }
}
