import Foundation
public import LeptonCPU
public import LeptonCompiler
public import LeptonGraph
public import LeptonRuntime
public import LeptonValues

/// A model in training: its step compiled, weights and optimizer state inside, one call for each
/// batch.
///
/// ```swift
/// let run = try TrainingRun(model, loss: .crossEntropy, optimizer: .adam(), batch: 64)
/// let result = try run.step([images], labels: labels, learningRate: 1e-3)
/// let trained = try run.model()
/// ```
public final class TrainingRun {
  /// What one step came to, before its update.
  public struct StepResult: Sendable, Hashable {
    /// The mean over the batch.
    public var loss: Double
    /// Examples classified right; nil for regression.
    public var correct: Double?
    /// Over all parameters; nil where gradients are not clipped.
    public var gradientNorm: Double?
  }

  private let source: Model
  private let optimizer: Optimizer
  private let seed: UInt64
  /// The step that runs; for its profile.
  public let session: Session
  /// Steps done.
  public private(set) var stepCount = 0

  /// - Parameters:
  ///   - seed: fixes dropout.
  ///   - labels: the type of the labels, where it is not `loss.labelType(for:)`.
  public init(
    _ model: Model, loss: Loss, optimizer: Optimizer, batch: Int, clipNorm: Double? = nil,
    seed: UInt64 = 0, labels: TensorType? = nil, precision: Precision = .f32,
    backend: any Backend = CPUBackend(), options: CompileOptions = CompileOptions()
  ) throws {
    source = model
    self.optimizer = optimizer
    self.seed = seed
    let graph = try TrainingStep.build(
      model, loss: loss, optimizer: optimizer, batch: batch, clipNorm: clipNorm, labels: labels)
    let names = Set(graph.residents.map(\.name))
    session = try Session(
      step: graph, residents: model.weights.filter { names.contains($0.key) },
      precision: precision, backend: backend, options: options)
  }

  /// One update. `inputs` are the model's, in order.
  public func step(
    _ inputs: [TensorData], labels: TensorData, learningRate: Double
  ) throws -> StepResult {
    var inputs = inputs[...]
    let corrections = corrections(step: stepCount + 1)
    let feeds = try session.graph.dataInputs.map { port -> TensorData in
      switch port.name {
      case "labels": return labels
      case "random_key": return randomKey
      case "learning_rate": return TensorData(scalar: Float(learningRate))
      case "correction1": return TensorData(scalar: Float(corrections.0))
      case "correction2": return TensorData(scalar: Float(corrections.1))
      default:
        guard let input = inputs.popFirst() else {
          throw LeptonError(.badInput, "input '\(port.name)' of the model was not given")
        }
        return input
      }
    }
    let results = try session.run(feeds)
    stepCount += 1
    let byName = Dictionary(
      uniqueKeysWithValues: zip(session.graph.dataOutputs.map(\.name), results))
    return StepResult(
      loss: byName["loss"]!.doubles[0], correct: byName["correct"]?.doubles[0],
      gradientNorm: byName["gradient_norm"]?.doubles[0])
  }

  /// The model with the present weights and statistics.
  public func model() throws -> Model {
    var model = source
    for name in model.weights.keys where session.graph.input(named: name) != nil {
      model.weights[name] = try session.resident(name)
    }
    return model
  }

  /// Everything that the next step depends on, beside the batch.
  public func state() throws -> TrainingState {
    var residents: [String: TensorData] = [:]
    for port in session.graph.residents {
      residents[port.name] = try session.resident(port.name)
    }
    return TrainingState(stepCount: stepCount, residents: residents)
  }

  /// Goes on where `state` was taken: the steps that follow are the same, bit by bit.
  ///
  /// - Throws: `LeptonError` of kind `badInput` naming the tensor that another model or optimizer
  ///   has, has not, or has in another shape.
  public func restore(_ state: TrainingState) throws {
    let names = Set(session.graph.residents.map(\.name))
    if let extra = state.residents.keys.filter({ !names.contains($0) }).min() {
      throw LeptonError(
        .badInput, "the saved state has '\(extra)', which this model and optimizer have not",
        fix: "resume with the model and optimizer that it was saved with")
    }
    for port in session.graph.residents {
      guard let data = state.residents[port.name] else {
        throw LeptonError(
          .badInput, "the saved state has no '\(port.name)'",
          fix: "resume with the model and optimizer that it was saved with")
      }
      try session.setResident(port.name, to: data)
    }
    stepCount = state.stepCount
  }

  /// New random bits for each step.
  private var randomKey: TensorData {
    TensorData([Int64(truncatingIfNeeded: seed & 0xFFFF_FFFF), Int64(stepCount)], shape: [2])
  }

  /// What the running means, which start at zero, must be divided by.
  private func corrections(step: Int) -> (Double, Double) {
    guard let (beta1, beta2) = optimizer.betas else { return (1, 1) }
    return (1 - pow(beta1, Double(step)), 1 - pow(beta2, Double(step)))
  }
}

/// Weights, running statistics and optimizer state between two steps.
public struct TrainingState: Sendable, Hashable {
  public var stepCount: Int
  /// By name: parameters, states, and `optimizer.*`.
  public var residents: [String: TensorData]

  public init(stepCount: Int, residents: [String: TensorData]) {
    self.stepCount = stepCount
    self.residents = residents
  }

  /// The name of a tensor with an element that is infinite or no number.
  var firstNotFinite: String? {
    residents.filter { $0.value.dtype == .f32 }
      .filter { $0.value.array(of: Float.self).contains { !$0.isFinite } }.keys.min()
  }
}
