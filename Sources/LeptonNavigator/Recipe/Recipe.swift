public import Foundation
public import LeptonData
public import LeptonRuntime
public import LeptonTraining
import LeptonValues

/// Everything about a run, as a YAML file says it: data, model, training, compression, requirement, policy, hardware.
///
/// ```swift
/// let recipe = try Recipe(file: url, settings: ["training.epochs=3"])
/// print(recipe.yaml)
/// ```
///
/// Keys and values that do not exist are refused with their line and the nearest right spelling.
public struct Recipe: Sendable {
  public var name: String
  public var data: DataPlan
  public var model: ModelPlan
  public var training: TrainingConfiguration
  public var compression: CompressionPlan
  public var requirement: Requirement
  public var policy: Policy
  /// A key of the price table: what predictions are costed for.
  public var hardware: String
  /// The file of the price table; nil for the built-in one.
  public var prices: String?
  /// Threads that measure and train; nil for as many as the process has cores.
  public var threads: Int?
  /// Whether convolutions run by direct kernels only.
  public var deterministicAlgorithms: Bool
  /// What was measured about other algorithms on this machine; not part of the file.
  public var measuredAlgorithms = MeasuredAlgorithms()
  /// Every key with its value, type, default and source.
  public let settings: [ResolvedSetting]

  /// How everything that is trained and measured is compiled.
  public var compileOptions: CompileOptions {
    CompileOptions(
      threads: threads,
      algorithms: deterministicAlgorithms ? .deterministic : measuredAlgorithms.choice)
  }

  /// Which data, and how they are divided. The parts have no example in common.
  public struct DataPlan: Sendable, Hashable {
    /// What `DataSource.open` understands.
    public var spec: String
    public var options: DataOptions
    /// The fraction of the training part that validates, where the source brings no validation part.
    public var validation: Double
    /// The fraction of the training part that calibrates quantisation.
    public var calibration: Double
    /// The fraction of all examples that tests, where the source brings no test part.
    public var test: Double
    /// Use at most so many examples of the training part.
    public var limit: Int?
    public var seed: UInt64

    /// Data with the divisions of a recipe that says nothing about them.
    public init(
      spec: String, options: DataOptions = DataOptions(), validation: Double = 0.1,
      calibration: Double = 0.05, test: Double = 0.15, limit: Int? = nil, seed: UInt64 = 0
    ) {
      self.spec = spec
      self.options = options
      self.validation = validation
      self.calibration = calibration
      self.test = test
      self.limit = limit
      self.seed = seed
    }
  }

  /// Which smaller forms of the trained model are tried.
  public struct CompressionPlan: Sendable, Hashable {
    public var candidates: [CandidateKind]
    public var calibration: CalibrationPlan
  }

  /// The whole recipe as a YAML file, defaults spelled out.
  public var yaml: String { settings.yaml }
}

extension Recipe {
  /// Reads a recipe.
  ///
  /// - Parameters:
  ///   - settings: `key.path=value`, which win over the file.
  /// - Throws: `LeptonError`: `io` where the file cannot be read, `usage` for what it says.
  ///   - environment: variables such as `LEPTON_TRAINING_EPOCHS`, which win over the file too.
  public init(
    file: URL, settings: [String] = [], environment: [String: String] = [:]
  ) throws {
    let text: String
    do {
      text = try String(contentsOf: file, encoding: .utf8)
    } catch {
      throw LeptonError(
        .io, "the recipe cannot be read", at: file.path, fix: "check the path and that it is UTF-8")
    }
    try self.init(
      yaml: text, file: file.lastPathComponent, settings: settings, environment: environment)
  }

  /// Reads a recipe from text; `file` is what errors call it.
  public init(
    yaml: String, file: String = "recipe", settings: [String] = [],
    environment: [String: String] = [:]
  ) throws {
    var root = try Setting(yaml: yaml, file: file)
    root.expand("model", to: "file")
    for setting in settings { try root.apply(override: setting) }
    root.expand("model", to: "file")
    let reader = try SettingsReader(root, environment: environment)
    try self.init(reader, file: file)
  }

  private init(_ reader: SettingsReader, file: String) throws {
    let stem = file.split(separator: "/").last?.split(separator: ".").first.map(String.init)
    name = try reader.string(
      "name", default: stem ?? "model", means: "names the folder of a run, and the model")
    data = try DataPlan(reader.section("data"))
    model = try ModelPlan(reader.section("model"))
    training = try TrainingConfiguration(reader.section("training"))
    compression = try CompressionPlan(reader.section("compression"))
    requirement = try Requirement(reader.section("requirement"))
    policy = try reader.choice(
      "policy", default: Policy.balanced,
      means: "what decides among candidates that meet the requirement")
    hardware = try reader.string(
      "hardware", default: PriceTable.defaultKey,
      means: "the kind of machine that predictions are costed for")
    prices = try reader.optionalString(
      "prices", means: "a file of prices instead of the built-in ones")
    threads = try reader.optionalInt(
      "threads", in: 1...1024, means: "threads of the engine; one for each core by default")
    deterministicAlgorithms = try reader.bool(
      "deterministic_algorithms", default: false,
      means: "direct kernels for all convolutions")
    settings = reader.resolved
    try reader.finish()
    guard !name.isEmpty, !name.contains("/"), !name.hasPrefix(".") else {
      throw LeptonError(
        .usage, "the name '\(name)' cannot be that of a folder", at: file, fix: "give a plain word")
    }
  }
}

extension Setting {
  /// Applies `key.path=value`.
  fileprivate mutating func apply(override text: String) throws {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty else {
      throw LeptonError(
        .usage, "'\(text)' sets nothing", at: "--set", fix: "write --set training.epochs=3")
    }
    let key = String(parts[0])
    let path = key.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    let value = try Setting(commandLine: String(parts[1]), path: "--set \(key)")
    try set(path[...], to: value)
  }
}
