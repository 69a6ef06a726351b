import LeptonCPU
package import LeptonCompiler
package import LeptonRuntime

/// By which kernels something ran, in which arithmetic, on what.
public struct AlgorithmReport: Sendable, Codable {
  /// A kernel, with all steps that it ran.
  public struct Kernel: Sendable, Codable {
    /// `lepton:winograd`, `jit:avx2`.
    public var name: String
    public var steps: Int
    /// Of the time of the run.
    public var share: Double
  }

  /// How many convolutions, with their gradients, went which way.
  public struct Convolutions: Sendable, Codable {
    public var winograd: Int
    public var direct: Int
  }

  /// Examples at once.
  public var batch: Int
  /// Milliseconds of one run: the sum of its steps, each at its quickest.
  public var ms: Double
  /// What was asked for: `f32`, `bf16`.
  public var precision: String
  /// What was computed in: element types with their share of the operations.
  public var arithmetic: [String: Double]
  public var convolutions: Convolutions
  /// How their algorithms were chosen: `by shape`, `measured`, `deterministic`.
  public var choice: String
  /// The one that took longest first.
  public var kernels: [Kernel]
  public var threads: Int
  public var processor: String

  enum CodingKeys: String, CodingKey {
    case batch, ms, precision, arithmetic, convolutions, choice, kernels, threads, processor
  }

  /// - Parameter session: what was profiled.
  package init(
    _ profile: RunProfile, of session: Session, batch: Int, precision: Precision,
    algorithms: AlgorithmChoice
  ) {
    self.batch = batch
    self.precision = precision.rawValue
    ms = profile.ms
    threads = profile.threads
    processor = Processor.name
    arithmetic = session.graph.arithmetic
    let convolutions = profile.steps.filter(\.isConvolution)
    let winograd = convolutions.count(where: \.isWinograd)
    self.convolutions = Convolutions(
      winograd: winograd, direct: convolutions.count - winograd)
    let byName = Dictionary(grouping: profile.steps, by: \.kernelName)
    choice = algorithms.description
    kernels = byName.map { name, steps in
      Kernel(name: name, steps: steps.count, share: steps.reduce(0) { $0 + $1.share })
    }.sorted { ($0.share, $1.name) > ($1.share, $0.name) }
  }
}

extension RunProfile.Step {
  /// The kernel without the layouts that a reorder adds to its name.
  var kernelName: String { kernel.split(separator: " ").first.map(String.init) ?? kernel }

  var isConvolution: Bool { op.hasPrefix("conv2d") }

  /// oneDNN's kernels have it in their names as well: `jit_wino_4x3:avx512_core`.
  var isWinograd: Bool { kernel.contains("wino") }

  /// `Winograd` or `direct` for convolutions and their gradients.
  var algorithm: String? { isConvolution ? isWinograd ? "Winograd" : "direct" : nil }
}
