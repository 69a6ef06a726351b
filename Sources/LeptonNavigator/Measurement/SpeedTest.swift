public import LeptonCPU
public import LeptonCompiler
public import LeptonData
public import LeptonGraph
public import LeptonRuntime
import LeptonValues

/// Measures the speed of several models in turn, so that whatever else the machine does meets all of them.
///
/// Each round gives every model a slice of time at every batch size; figures are medians over the rounds, so that a round
/// in which the machine was busy with something else does not decide.
public struct SpeedTest: Sendable {
  /// What is measured.
  public struct Subject: Sendable {
    public var model: Model
    public var precision: Precision

    public init(_ model: Model, precision: Precision = .f32) {
      self.model = model
      self.precision = precision
    }
  }

  public var batches = [1, 8, 32, 128]
  public var rounds = 5
  /// Seconds for one model at batch 1, over all rounds; the other batch sizes get as much together.
  public var seconds = 1.0
  /// Runs at batch 1 that are made at least, whatever the time.
  public var minimumRuns = 200
  public var options: CompileOptions

  public init(options: CompileOptions = CompileOptions()) { self.options = options }

  /// Figures of each subject, in order. `examples` are what they are fed with.
  public func measure(
    _ subjects: [Subject], on examples: Dataset, backend: any Backend = CPUBackend()
  ) throws -> [SpeedFigures] {
    let runners = try subjects.map { subject in
      try batches.map { try Runner(subject, batch: $0, examples, backend, options) }
    }
    for runner in runners.joined() { try runner.warmUp() }
    for _ in 0..<max(1, rounds) {
      for place in batches.indices {
        for runner in runners.map({ $0[place] }) {
          let isFirst = place == 0
          let share = isFirst ? seconds : seconds / Double(max(1, batches.count - 1))
          try runner.measure(
            seconds: share / Double(max(1, rounds)),
            atLeast: isFirst ? (minimumRuns + rounds - 1) / max(1, rounds) : 1)
        }
      }
    }
    return runners.map(figures)
  }

  private func figures(_ runners: [Runner]) -> SpeedFigures {
    let single = runners[0].rounds.map { $0.sorted() }
    func latency(_ fraction: Double) -> Double {
      1e3 * median(single.map { percentile(fraction, ofSorted: $0) })
    }
    let best = runners.max { $0.throughput < $1.throughput }!
    let batch32 = runners.first { $0.batch == 32 }?.rounds.joined() ?? [].joined()
    return SpeedFigures(
      latency: SpeedFigures.Latency(p50: latency(0.5), p95: latency(0.95)),
      runs: single.joined().count, batch32: 1e3 * median(Array(batch32)),
      throughput: best.throughput, bestBatch: best.batch, workingBytes: runners[0].workingBytes)
  }
}

/// One model at one batch size.
private final class Runner {
  let batch: Int
  private let session: Session
  /// Different examples, so that no run finds its input in the cache because it was the last one.
  private let feeds: [TensorData]
  private var next = 0
  /// Seconds of each run of each round.
  private(set) var rounds: [[Double]] = []

  init(
    _ subject: SpeedTest.Subject, batch: Int, _ examples: Dataset, _ backend: any Backend,
    _ options: CompileOptions
  ) throws {
    self.batch = batch
    session = try Session(
      subject.model.withBatch(batch), precision: subject.precision, backend: backend,
      options: options)
    feeds = (0..<4).map { feed in
      examples.subset((0..<batch).map { (feed * batch + $0) % examples.count }).features
    }
  }

  /// Examples in a second.
  var throughput: Double {
    median(rounds.map { Double($0.count * batch) / $0.reduce(0, +) })
  }
  var workingBytes: Int { session.workingBytes }

  /// Three runs, or one of a slow model.
  func warmUp() throws {
    let start = ContinuousClock.now
    for _ in 0..<3 where (ContinuousClock.now - start).inSeconds < 0.2 { try run() }
  }

  /// One round.
  func measure(seconds: Double, atLeast count: Int) throws {
    var times: [Double] = []
    var elapsed = 0.0
    while elapsed < seconds || times.count < count {
      let start = ContinuousClock.now
      try run()
      times.append((ContinuousClock.now - start).inSeconds)
      elapsed += times[times.count - 1]
    }
    rounds.append(times)
  }

  private func run() throws {
    _ = try session.run([feeds[next % feeds.count]])
    next += 1
  }
}

extension Duration {
  var inSeconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
