public import LeptonGraph
public import LeptonValues

/// Something that turns a graph into an executable: a processor with its kernels.
public protocol Backend: Sendable {
  /// `cpu`, `reference`.
  var name: String { get }

  /// Whether a composite operation should reach the back end whole, not as its decomposition.
  func claims(_ op: any Op) -> Bool

  /// Compiles a graph whose shapes are all known. Operations without a kernel of the back end's own fall back to their
  /// decomposition and then to their reference kernel, so every graph that verifies compiles.
  func compile(_ graph: Graph, _ options: CompileOptions) throws -> any Executable
}

/// How a graph is to be compiled.
public struct CompileOptions: Sendable, Hashable {
  /// Threads that run it; nil: as many as the process has cores, fewer where that is quicker.
  public var threads: Int?
  /// Keep the time of every step, for `Executable.profile`.
  public var profiles = false
  /// By which algorithm convolutions run where there is more than one.
  public var algorithms = AlgorithmChoice.byShape

  public init(
    threads: Int? = nil, profiles: Bool = false, algorithms: AlgorithmChoice = .byShape
  ) {
    self.threads = threads
    self.profiles = profiles
    self.algorithms = algorithms
  }
}

/// A compiled graph with the memory it runs in. Not for concurrent use: one run at a time.
///
/// Parameters and state (`Graph.Port.isResident`) stay inside between runs, in whatever layout the back end computes
/// best, and are updated in place where the graph has an output of the same name.
public protocol Executable: AnyObject {
  var graph: Graph { get }

  /// Runs once. `feeds` holds one tensor for each of `graph.dataInputs`, the result one for each of
  /// `graph.dataOutputs`, in order.
  func run(_ feeds: [TensorData]) throws -> [TensorData]

  /// Gives a parameter or state its elements. All are zero before.
  func setResident(_ name: String, to data: TensorData) throws

  /// The present elements of a parameter or state, row-major.
  func resident(_ name: String) throws -> TensorData

  /// What each step took since the last reset; empty unless compiled with `profiles`.
  var profile: [StepProfile] { get }
  func resetProfile()

  /// Bytes of working memory that the executable holds beside its weights.
  var workingBytes: Int { get }
}

/// What one step of an executable took.
public struct StepProfile: Sendable, Hashable {
  /// `conv2d+bias+relu`.
  public var name: String
  /// The kernel that ran: `jit_wino_4x3:avx512_core`.
  public var kernel: String
  /// The node's place in the model.
  public var place: String
  /// How its first operand and first result lie in memory: `aBcd8b`.
  public var layout: String
  /// The element type of its arithmetic.
  public var arithmetic: DType
  public var runs: Int
  /// Over all runs.
  public var seconds: Double
  /// Of one run.
  public var cost: Cost

  public init(
    name: String, kernel: String, place: String, layout: String, arithmetic: DType, runs: Int,
    seconds: Double, cost: Cost
  ) {
    self.name = name
    self.kernel = kernel
    self.place = place
    self.layout = layout
    self.arithmetic = arithmetic
    self.runs = runs
    self.seconds = seconds
    self.cost = cost
  }
}
