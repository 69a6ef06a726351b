import ArgumentParser
import Foundation
import Lepton
import LeptonCPU
import LeptonCompiler
import LeptonGraph
import LeptonNavigator
import LeptonTraining
import LeptonValues

/// `lepton bench train NAME`: how long a training step takes: forward, backward and Adam's update, on one random batch over
/// and over.
struct BenchTrain: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Measure training steps of a built-in architecture.",
    discussion: "Architectures: \(Architecture.all.map(\.name).joined(separator: ", ")).")

  @Argument(help: "The architecture.")
  var name: String
  @Option(help: "Examples in a step.")
  var batch = 64
  @OptionGroup var engine: EngineOptions
  @OptionGroup var measuring: MeasuringOptions
  @OptionGroup var reporting: Reporting

  func run() throws {
    let architecture = try Architecture.named(name)
    let model = try architecture.model()
    guard batch >= 1 else {
      throw LeptonError(
        .usage, "a batch of \(batch) examples", at: "--batch", fix: "give 1 or more")
    }
    let pingPong = CoreDistance.roundTripNanoseconds()
    if measuring.tune {
      let step = try RandomTraining(
        model, vocabulary: architecture.vocabulary, batch: batch, engine)
      _ = try KnownAlgorithms.tune(step.session.graph, engine.compileOptions(), reporting)
    }
    let clock = ContinuousClock()
    let start = clock.now
    var step = try RandomTraining(
      model, vocabulary: architecture.vocabulary, batch: batch, engine)
    let lossFirst = try step.run()
    let first = (clock.now - start).components

    reporting.note("measuring for \(Figures.digits(measuring.seconds)) s")
    let times = try RunTimes(seconds: measuring.seconds) { _ = try step.run() }
    reporting.show(
      Speed(
        stepMs: Speed.Step(
          p50: times.percentile(50), p95: times.percentile(95), min: times.least),
        samplesPerS: times.throughput(examples: batch),
        firstStepMs: Double(first.seconds) * 1e3 + Double(first.attoseconds) * 1e-15,
        peakRssBytes: PeakMemory.bytes, lossFirst: lossFirst, lossLast: try step.run(),
        pingPongNs: pingPong, threads: engine.threads(of: step.session), batch: batch,
        steps: times.count,
        precision: (engine.precision ?? .f32).rawValue, arithmetic: step.session.graph.arithmetic,
        parameters: model.parameterCount, flops: step.session.graph.cost.flops,
        profile: try profile(model, architecture)))
  }

  private func profile(
    _ model: Model, _ architecture: Architecture
  ) throws -> ProfileTable? {
    guard measuring.profiles else { return nil }
    var step = try RandomTraining(
      model, vocabulary: architecture.vocabulary, batch: batch, engine, profiles: true)
    let profile = try RunProfile(
      of: step.session, threads: engine.threads(of: step.session), seconds: measuring.seconds
    ) { _ in _ = try step.run() }
    let algorithms = AlgorithmReport(
      profile, of: step.session, batch: batch, precision: engine.precision ?? .f32,
      algorithms: engine.algorithms)
    try measuring.write(
      profile,
      ProfilePage(
        profile, algorithms, of: name, what: "training step with Adam",
        figures: [
          ("time of a step", Figures.milliseconds(profile.ms)),
          ("examples in a step", Figures.count(batch)),
          ("parameters", Figures.count(model.parameterCount)),
          ("arithmetic", Figures.flops(step.session.graph.cost.flops)),
          ("working memory", Figures.bytes(step.session.workingBytes)),
        ]))
    return ProfileTable(profile, algorithms)
  }

  struct Speed: Answer {
    struct Step: Encodable {
      let p50: Double
      let p95: Double
      let min: Double
    }

    let stepMs: Step
    let samplesPerS: Double
    /// With compiling.
    let firstStepMs: Double
    let peakRssBytes: Int
    let lossFirst: Double
    let lossLast: Double
    /// Of a cache line from core to core and back: says how much of the machine's mood is in the figures.
    let pingPongNs: Double
    let threads: Int
    let batch: Int
    let steps: Int
    let precision: String
    /// What was computed in: element types with their share of the operations.
    let arithmetic: [String: Double]
    let parameters: Int
    /// Of one step.
    let flops: Int
    let profile: ProfileTable?

    var text: String {
      let rate = Double(flops) / stepMs.p50 * 1e-6
      var table = Table([("", .left), ("", .left)])
      table.add([
        "step",
        "p50 \(Figures.milliseconds(stepMs.p50)), p95 \(Figures.milliseconds(stepMs.p95)), "
          + "min \(Figures.milliseconds(stepMs.min))",
      ])
      table.add(["throughput", "\(Figures.digits(samplesPerS)) samples/s"])
      table.add(["arithmetic", "\(Figures.flops(flops)), \(Figures.digits(rate)) GFLOP/s"])
      table.add(["first step", "\(Figures.milliseconds(firstStepMs)) with compiling"])
      table.add(["loss", "\(Figures.digits(lossFirst)) to \(Figures.digits(lossLast))"])
      table.add(["peak memory", Figures.bytes(peakRssBytes)])
      table.add(["parameters", Figures.count(parameters)])
      table.add(["core to core", "\(Figures.digits(pingPongNs)) ns there and back"])
      table.add([
        "measured",
        "\(steps) steps of \(batch), \(threads) threads, "
          + "\(arithmetic.shares)\(Precision.remark(precision, arithmetic))",
      ])
      return table.body() + (profile.map { "\n" + $0.text } ?? "")
    }
  }
}
