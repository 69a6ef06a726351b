/// How quick a model is on this machine.
public struct SpeedFigures: Sendable, Hashable, Codable {
  /// Milliseconds for a run.
  public struct Latency: Sendable, Hashable, Codable {
    public var p50: Double
    public var p95: Double

    public init(p50: Double, p95: Double) {
      self.p50 = p50
      self.p95 = p95
    }
  }

  /// Where the figures may well lie, from rounds of repeated runs.
  public struct Intervals: Sendable, Hashable, Codable {
    public var p50: Interval
    public var p95: Interval
    public var batch32: Interval?
    public var throughput: Interval

    enum CodingKeys: String, CodingKey {
      case p50 = "latency_p50_ms"
      case p95 = "latency_p95_ms"
      case batch32 = "latency_batch32_ms"
      case throughput = "throughput_per_s"
    }
  }

  /// Of one example.
  public var latency: Latency
  /// Runs behind it.
  public var runs: Int
  /// Of 32 examples at once, at the median.
  public var batch32: Double
  /// Examples in a second, at the best batch size.
  public var throughput: Double
  public var bestBatch: Int
  /// Bytes of memory beside the weights, at batch 1.
  public var workingBytes: Int
  /// Nil for figures that were not measured here.
  public var intervals: Intervals?
  /// At the best batch size, by the processor's counters; nil where they cannot be read.
  public var joulesPerExample: Double?

  public init(
    latency: Latency, runs: Int, batch32: Double, throughput: Double, bestBatch: Int,
    workingBytes: Int, intervals: Intervals? = nil, joulesPerExample: Double? = nil
  ) {
    self.latency = latency
    self.runs = runs
    self.batch32 = batch32
    self.throughput = throughput
    self.bestBatch = bestBatch
    self.workingBytes = workingBytes
    self.intervals = intervals
    self.joulesPerExample = joulesPerExample
  }

  enum CodingKeys: String, CodingKey {
    case runs, intervals
    case latency = "latency_ms"
    case batch32 = "latency_batch32_ms"
    case throughput = "throughput_per_s"
    case bestBatch = "throughput_batch"
    case workingBytes = "working_bytes"
    case joulesPerExample = "joules_per_example"
  }
}
