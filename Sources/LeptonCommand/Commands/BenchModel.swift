import ArgumentParser
import Foundation
import LeptonCompiler
import LeptonGraph
import LeptonNavigator
import LeptonRuntime
import LeptonValues

/// `lepton bench MODEL`: latency and throughput of inference on random tensors.
struct BenchModel: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "model", abstract: "Measure inference (the default).")

  @OptionGroup var file: ModelFile
  @Option(help: "Examples at once; what the file says by default, 1 where it leaves that open.")
  var batch: Int?
  @Option(help: "What runs it.")
  var backend = BackendChoice.cpu
  @OptionGroup var engine: EngineOptions
  @OptionGroup var measuring: MeasuringOptions
  @OptionGroup var reporting: Reporting

  func run() throws {
    let clock = ContinuousClock()
    let start = clock.now
    let model = try file.model(batch: batch)
    let batch = model.batch
    var random = RandomFeeds()
    let feeds = model.graph.dataInputs.map { random.tensor(model.graph.type(of: $0.value)) }
    if measuring.tune {
      _ = try KnownAlgorithms.tune(
        session(model).graph, engine.compileOptions(), reporting)
    }
    let session = try session(model)
    _ = try session.run(feeds)
    let first = clock.now - start

    reporting.note("measuring for \(Figures.digits(measuring.seconds)) s")
    let times = try RunTimes(seconds: measuring.seconds) { _ = try session.run(feeds) }
    let peak = PeakMemory.bytes
    let cost = model.graph.cost
    reporting.show(
      Speed(
        latencyMs: Speed.Latency(times), throughputPerS: times.throughput(examples: batch),
        firstInferenceMs: Double(first.components.seconds) * 1e3
          + Double(first.components.attoseconds) * 1e-15,
        peakRssBytes: peak, threads: backend == .cpu ? engine.threads(of: session) : 1,
        batch: batch, runs: times.count,
        precision: engine.precision(of: model).rawValue, arithmetic: session.graph.arithmetic,
        parameters: model.parameterCount, flops: cost.flops,
        profile: try profile(model, feeds)))
  }

  private func session(_ model: Model, profiles: Bool = false) throws -> Session {
    try Session(
      model, precision: engine.precision(of: model), backend: backend.backend,
      options: engine.compileOptions(profiles: profiles))
  }

  private func profile(_ model: Model, _ feeds: [TensorData]) throws -> ProfileTable? {
    guard measuring.profiles else { return nil }
    guard backend == .cpu else {
      throw LeptonError(
        .usage, "the reference back end keeps no times", at: "--profile",
        fix: "leave out --backend reference")
    }
    let session = try session(model, profiles: true)
    let profile = try RunProfile(
      of: session, threads: engine.threads(of: session), seconds: measuring.seconds
    ) { _ = try $0.run(feeds) }
    let algorithms = AlgorithmReport(
      profile, of: session, batch: model.batch, precision: engine.precision(of: model),
      algorithms: engine.algorithms)
    try measuring.write(
      profile,
      ProfilePage(
        profile, algorithms, of: name, what: "inference",
        figures: [
          ("time of a batch", Figures.milliseconds(profile.ms)),
          ("examples at once", Figures.count(model.batch)),
          ("parameters", Figures.count(model.parameterCount)),
          ("arithmetic", Figures.flops(model.graph.cost.flops)),
          ("working memory", Figures.bytes(session.workingBytes)),
        ]))
    return ProfileTable(profile, algorithms)
  }

  /// That of the file.
  private var name: String {
    URL(fileURLWithPath: file.model).deletingPathExtension().lastPathComponent
  }

  struct Speed: Answer {
    struct Latency: Encodable {
      let p50: Double
      let p90: Double
      let p99: Double
      let min: Double

      init(_ times: RunTimes) {
        p50 = times.percentile(50)
        p90 = times.percentile(90)
        p99 = times.percentile(99)
        min = times.least
      }
    }

    let latencyMs: Latency
    let throughputPerS: Double
    /// Reading the file, compiling it and the first run.
    let firstInferenceMs: Double
    let peakRssBytes: Int
    let threads: Int
    let batch: Int
    let runs: Int
    let precision: String
    /// What was computed in: element types with their share of the operations.
    let arithmetic: [String: Double]
    let parameters: Int
    /// Of one run.
    let flops: Int
    let profile: ProfileTable?

    var text: String {
      let rate = Double(flops) / latencyMs.p50 * 1e-6
      var table = Table([("", .left), ("", .left)])
      table.add([
        "latency",
        "p50 \(Figures.milliseconds(latencyMs.p50)), p90 \(Figures.milliseconds(latencyMs.p90)), "
          + "p99 \(Figures.milliseconds(latencyMs.p99))",
      ])
      table.add(["throughput", "\(Figures.digits(throughputPerS)) examples/s"])
      table.add(["arithmetic", "\(Figures.flops(flops)), \(Figures.digits(rate)) GFLOP/s"])
      table.add(["first inference", "\(Figures.milliseconds(firstInferenceMs)) with opening"])
      table.add(["peak memory", Figures.bytes(peakRssBytes)])
      table.add(["parameters", Figures.count(parameters)])
      table.add([
        "measured",
        "\(runs) runs of \(batch), \(threads) threads, "
          + "\(arithmetic.shares)\(Precision.remark(precision, arithmetic))",
      ])
      return table.body() + (profile.map { "\n" + $0.text } ?? "")
    }
  }
}
