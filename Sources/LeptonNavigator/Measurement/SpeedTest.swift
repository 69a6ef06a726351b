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
  /// The median of six rounds lies between the least and the largest with more than 95 %.
  public var rounds = 6
  /// Seconds for one model at batch 1, over all rounds; the other batch sizes get as much together.
  public var seconds = 1.0
  /// Runs at batch 1 that are made at least, whatever the time.
  public var minimumRuns = 200
  public var options: CompileOptions
  /// Counts energy; nil where the processor does not tell.
  public var energy = RAPL()

  public init(options: CompileOptions = CompileOptions()) { self.options = options }

  /// Figures of each subject, in order. `examples` are what they are fed with.
  public func measure(
    _ subjects: [Subject], on examples: Dataset, backend: any Backend = CPUBackend()
  ) throws -> [SpeedFigures] {
    try measured(subjects, on: examples, backend).map(figures)
  }

  /// Figures of two subjects, and how many times as quick the second one is, round by round.
  public func compare(
    _ first: Subject, _ second: Subject, on examples: Dataset, backend: any Backend = CPUBackend()
  ) throws -> (first: SpeedFigures, second: SpeedFigures, ratios: SpeedRatios) {
    let runners = try measured([first, second], on: examples, backend)
    let figures = runners.map(figures)
    func best(_ place: Int) -> Runner { runners[place].max { $0.throughput < $1.throughput }! }
    let ratios = SpeedRatios(
      latency: SpeedRatios.Ratio(
        zip(runners[0][0].medians, runners[1][0].medians).map { $0 / $1 }),
      throughput: SpeedRatios.Ratio(zip(best(0).rates, best(1).rates).map { $1 / $0 }))
    return (figures[0], figures[1], ratios)
  }

  /// A runner for each batch size of each subject, its rounds done.
  private func measured(
    _ subjects: [Subject], on examples: Dataset, _ backend: any Backend
  ) throws -> [[Runner]] {
    let runners = try subjects.map { subject in
      try batches.map { try Runner(subject, batch: $0, examples, backend, options, energy) }
    }
    for runner in runners.joined() { try runner.warmUp() }
    for round in 0..<max(1, rounds) {
      for place in batches.indices {
        let turn = runners.map { $0[place] }
        // Nobody always runs on what the same neighbour left behind.
        for runner in round % 2 == 0 ? turn : turn.reversed() {
          let isFirst = place == 0
          let share = isFirst ? seconds : seconds / Double(max(1, batches.count - 1))
          try runner.measure(
            seconds: share / Double(max(1, rounds)),
            atLeast: isFirst ? (minimumRuns + rounds - 1) / max(1, rounds) : 1)
        }
      }
    }
    return runners
  }

  private func figures(_ runners: [Runner]) -> SpeedFigures {
    let single = runners[0]
    let best = runners.max { $0.throughput < $1.throughput }!
    let batch32 = runners.first { $0.batch == 32 }
    return SpeedFigures(
      latency: SpeedFigures.Latency(p50: median(single.medians), p95: median(single.tails)),
      runs: single.rounds.joined().count,
      batch32: 1e3 * median(Array(batch32?.rounds.joined() ?? [].joined())),
      throughput: best.throughput, bestBatch: best.batch, workingBytes: single.workingBytes,
      intervals: SpeedFigures.Intervals(
        p50: .ofMedian(single.medians), p95: .ofMedian(single.tails),
        batch32: batch32.map { .ofMedian($0.medians) }, throughput: .ofMedian(best.rates)),
      joulesPerExample: best.joulesPerExample)
  }
}

/// How many times as quick one model is as another, measured in turn.
public struct SpeedRatios: Sendable, Hashable, Codable {
  /// The median over rounds; each round sees the same state of the machine twice.
  public struct Ratio: Sendable, Hashable, Codable {
    public var value: Double
    public var interval: Interval

    public init(_ rounds: [Double]) {
      value = median(rounds)
      interval = .ofMedian(rounds)
    }
  }

  /// Of one example.
  public var latency: Ratio
  /// Each at its best batch size.
  public var throughput: Ratio
}

/// One model at one batch size.
private final class Runner {
  let batch: Int
  private let session: Session
  /// Different examples, so that no run finds its input in the cache because it was the last one.
  private let feeds: [TensorData]
  private var next = 0
  private let energy: RAPL?
  /// Seconds of each run of each round.
  private(set) var rounds: [[Double]] = []
  /// Of all rounds; nil once the counters could not be read.
  private var joules: Double? = 0

  init(
    _ subject: SpeedTest.Subject, batch: Int, _ examples: Dataset, _ backend: any Backend,
    _ options: CompileOptions, _ energy: RAPL?
  ) throws {
    self.batch = batch
    self.energy = energy
    session = try Session(
      subject.model.withBatch(batch), precision: subject.precision, backend: backend,
      options: options)
    feeds = (0..<4).map { feed in
      examples.subset((0..<batch).map { (feed * batch + $0) % examples.count }).features
    }
  }

  /// Examples in a second, of each round.
  var rates: [Double] { rounds.map { Double($0.count * batch) / $0.reduce(0, +) } }
  var throughput: Double { median(rates) }
  /// Milliseconds that half of a round's runs take no longer than.
  var medians: [Double] { rounds.map { 1e3 * percentile(0.5, ofSorted: $0.sorted()) } }
  /// The same of 95 in a hundred.
  var tails: [Double] { rounds.map { 1e3 * percentile(0.95, ofSorted: $0.sorted()) } }
  var joulesPerExample: Double? {
    guard energy != nil, let joules, joules > 0 else { return nil }
    return joules / Double(batch * rounds.joined().count)
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
    let before = energy?.read()
    while elapsed < seconds || times.count < count {
      let start = ContinuousClock.now
      try run()
      times.append((ContinuousClock.now - start).inSeconds)
      elapsed += times[times.count - 1]
    }
    rounds.append(times)
    guard let energy, let before, let after = energy.read() else {
      joules = nil
      return
    }
    joules = joules.map { $0 + energy.joules(from: before, to: after) }
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
