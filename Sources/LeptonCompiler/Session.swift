public import LeptonCPU
public import LeptonGraph
public import LeptonRuntime
public import LeptonValues

/// A compiled model, ready to run; or a compiled training step.
///
/// ```swift
/// let session = try Session(model)
/// let logits = try session.run([images])[0]
/// ```
///
/// Not for concurrent use: one run at a time.
public final class Session {
  private let executable: any Executable

  /// Compiles a model for inference: lowered, weights folded and packed, fused.
  public init(
    _ model: Model, precision: Precision = .f32, backend: any Backend = CPUBackend(),
    options: CompileOptions = CompileOptions()
  ) throws {
    let graph = try model.frozen().applying(Pipelines.inference(backend, precision))
    executable = try backend.compile(graph, options)
  }

  /// Compiles a training step (`TrainingStep.build`); `residents` are the first elements of parameters and state, the
  /// others start at zero.
  public init(
    step graph: Graph, residents: [String: TensorData], precision: Precision = .f32,
    backend: any Backend = CPUBackend(), options: CompileOptions = CompileOptions()
  ) throws {
    let compiled = try graph.applying(Pipelines.training(backend, precision))
    executable = try backend.compile(compiled, options)
    for (name, data) in residents { try executable.setResident(name, to: data) }
  }

  /// The graph that runs, after all passes.
  public var graph: Graph { executable.graph }

  /// Runs once: one tensor for each data input in order, one for each data output back.
  ///
  /// Throws a `LeptonError` where number, type or shape of the feeds are not those of the graph.
  public func run(_ feeds: [TensorData]) throws -> [TensorData] { try executable.run(feeds) }

  /// The present elements of a parameter or state of a training step.
  public func resident(_ name: String) throws -> TensorData { try executable.resident(name) }

  /// Gives a parameter or state of a training step other elements.
  public func setResident(_ name: String, to data: TensorData) throws {
    try executable.setResident(name, to: data)
  }

  /// What each step took since the last reset; empty unless compiled with `profiles`.
  public var profile: [StepProfile] { executable.profile }
  public func resetProfile() { executable.resetProfile() }
  /// Bytes of working memory beside the weights.
  public var workingBytes: Int { executable.workingBytes }
}
