public import LeptonTraining

/// What a run came to; as JSON it has the keys that `lepton run --json` promises.
public struct RunReport: Sendable, Codable {
  public var name: String
  /// The path of the chosen model; nil where no candidate meets the requirement.
  public var artifact: String?
  /// The path of this report.
  public var report: String
  /// The path of the same as a page to show.
  public var page: String
  /// The model as trained.
  public var baseline: CandidateReport
  public var chosen: CandidateReport?
  public var candidates: [CandidateReport]
  /// Why nothing was chosen.
  public var infeasibleBecause: String?
  public var policy: Policy
  public var requirement: Requirement
  public var hardware: HardwareReport
  public var data: DataReport
  public var training: TrainingReport
  /// Of the chosen model on the test part, or of the model as trained.
  public var confused: [ConfusedPair]
  /// Of the model as trained.
  public var layers: [LayerReport]
  /// What the chosen model costs on every kind of machine of the price table.
  public var costs: [KindCost]
  public var reproduction: ReproductionReport
  public var algorithms: AlgorithmsReport
  public var environment: EnvironmentReport
  /// SHA-256 of the artifact.
  public var artifactSHA256: String?
  /// What else there is to know, a sentence each.
  public var notes: [String]

  enum CodingKeys: String, CodingKey {
    case name, artifact, report, page, baseline, chosen, candidates, policy, requirement, hardware,
      data
    case training, confused, layers, costs, reproduction, algorithms, environment, notes
    case infeasibleBecause = "infeasible_because"
    case artifactSHA256 = "artifact_sha256"
  }
}

/// One candidate, with every figure and what became of it.
public struct CandidateReport: Sendable, Codable {
  public var name: String
  public var accepted: Bool
  public var reason: String
  /// On the test part.
  public var accuracy: Double
  public var accuracyInterval: Interval?
  public var validationAccuracy: Double
  public var macroF1: Double
  public var latency: SpeedFigures.Latency
  /// Milliseconds for 32 examples at once.
  public var batch32: Double
  public var throughput: Double
  public var throughputBatch: Int
  public var bytes: Int
  public var parameters: Int
  public var flops: Int
  public var peakRSS: Int
  /// How `peakRSS` was found out.
  public var peakRSSSource: String
  public var costPerMillion: Double
  public var energy: EnergyFigure?
  /// Of the speed.
  public var intervals: SpeedFigures.Intervals?
  /// The path of its ONNX file.
  public var file: String
  public var test: ClassificationReport

  enum CodingKeys: String, CodingKey {
    case name, accepted, reason, accuracy, bytes, parameters, flops, energy, intervals, file, test
    case accuracyInterval = "accuracy_interval"
    case validationAccuracy = "validation_accuracy"
    case macroF1 = "macro_f1"
    case latency = "latency_ms"
    case batch32 = "latency_batch32_ms"
    case throughput = "throughput_per_s"
    case throughputBatch = "throughput_batch"
    case peakRSS = "peak_rss_bytes"
    case peakRSSSource = "peak_rss_source"
    case costPerMillion = "cost_per_million"
  }

  package init(_ figures: CandidateFigures, _ verdict: Selection.Verdict, file: String) {
    name = figures.name
    accepted = verdict.isAccepted
    reason = verdict.reason
    accuracy = figures.test.accuracy
    accuracyInterval = figures.test.accuracyInterval
    validationAccuracy = figures.validationAccuracy
    macroF1 = figures.test.macroF1
    latency = figures.costs.speed.latency
    batch32 = figures.costs.speed.batch32
    throughput = figures.costs.speed.throughput
    throughputBatch = figures.costs.speed.bestBatch
    bytes = figures.costs.bytes
    parameters = figures.costs.parameters
    flops = figures.costs.flops
    peakRSS = figures.costs.memory.bytes
    peakRSSSource = figures.costs.memory.source
    costPerMillion = figures.costs.costPerMillion
    energy = figures.costs.energy
    intervals = figures.costs.speed.intervals
    self.file = file
    test = figures.test
  }
}

/// What predictions were costed for.
public struct HardwareReport: Sendable, Codable {
  public var price: Price
  /// What the cost takes for granted.
  public var assumption: String
}

/// The data of a run.
public struct DataReport: Sendable, Codable {
  public var spec: String
  public var classes: [String]
  /// Examples in each part: train, validation, calibration, test.
  public var counts: [String: Int]
  /// Of each part, in the order of `classes`.
  public var classCounts: [String: [Int]]
  /// The type and shape of an example.
  public var example: String
  /// SHA-256 of each part.
  public var fingerprints: [String: String]
  /// Files that were passed over.
  public var skipped: [SkippedFile]

  /// A file that could not be used.
  public struct SkippedFile: Sendable, Codable {
    public var file: String
    public var reason: String
  }

  enum CodingKeys: String, CodingKey {
    case spec, classes, counts, example, fingerprints, skipped
    case classCounts = "class_counts"
  }
}

/// A layer: what it takes, and what quantisation does to it.
public struct LayerReport: Sendable, Codable {
  public var name: String
  public var op: String
  public var output: String
  public var parameters: Int
  /// Of one example.
  public var flops: Int
  /// By how much the output of the model changes, relative to itself, where this layer alone is quantised; nil where that
  /// was not measured.
  public var sensitivity: Double?

  enum CodingKeys: String, CodingKey {
    case name, op, output, parameters, flops
    case sensitivity = "int8_sensitivity"
  }
}

/// What predictions cost on a kind of machine.
public struct KindCost: Sendable, Codable {
  public var price: Price
  public var costPerMillion: Double
  /// Kilowatt-hours, an estimate.
  public var energyPerMillion: Double

  enum CodingKeys: String, CodingKey {
    case price
    case costPerMillion = "cost_per_million"
    case energyPerMillion = "kwh_per_million_estimate"
  }
}

/// How to make a run again.
public struct ReproductionReport: Sendable, Codable {
  public var command: String
  /// As YAML, every default spelled out.
  public var recipe: String
  public var recipeSHA256: String
  public var trainingSeed: UInt64
  public var dataSeed: UInt64

  enum CodingKeys: String, CodingKey {
    case command, recipe
    case recipeSHA256 = "recipe_sha256"
    case trainingSeed = "training_seed"
    case dataSeed = "data_seed"
  }
}

/// The training of a run.
public struct TrainingReport: Sendable, Codable {
  public var architecture: String
  /// Epochs that were finished.
  public var epochs: Int
  /// `finished`, `stopped early`.
  public var ending: String
  public var best: EpochRecord?
  public var history: [EpochRecord]
  /// Of training and validation.
  public var seconds: Double
  /// Training examples in a second, the median of the epochs.
  public var samplesPerSecond: Double

  enum CodingKeys: String, CodingKey {
    case architecture, epochs, ending, best, history, seconds
    case samplesPerSecond = "samples_per_s"
  }
}

/// Where a run was made.
public struct EnvironmentReport: Sendable, Codable {
  public var processor: String
  public var cores: Int
  public var system: String
  /// When it ended, as ISO 8601.
  public var date: String
  /// Of the tool; nil where a program used the library.
  public var version: String?
}
