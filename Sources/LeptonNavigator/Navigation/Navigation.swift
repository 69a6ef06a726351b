import Foundation
import LeptonCPU
import LeptonCompiler
import LeptonCompression
public import LeptonGraph
import LeptonONNX
public import LeptonRuntime
import LeptonValues

/// Searches the forms of a trained model for the one that meets a requirement best.
///
/// Ranges are tried in several ways. Where integers cost more accuracy than may be lost, the layers that suffer most stay
/// in f32, one more at a time, until the rest is accurate enough.
public struct Navigation: Sendable {
  public var model: Model
  public var parts: DataParts
  public var requirement: Requirement
  public var policy: Policy
  public var price: Price
  public var calibration = CalibrationPlan()
  public var seed: UInt64 = 0
  public var speed = SpeedTest()
  public var memory: MemoryProbe?
  public var backend: any Backend = CPUBackend()

  public init(
    _ model: Model, on parts: DataParts, requirement: Requirement, policy: Policy, price: Price
  ) {
    self.model = model
    self.parts = parts
    self.requirement = requirement
    self.policy = policy
    self.price = price
  }

  /// Makes the candidates in a run folder, measures all of them in turn and chooses.
  public func execute(
    in folder: RunFolder, _ onEvent: (RunEvent) -> Void = { _ in }
  ) throws -> NavigationReport {
    let maker = CandidateMaker(
      model, parts, calibration, in: folder, seed: seed, backend: backend)
    onEvent(.stage("search: forms of \(model.facts.name)"))
    let entries = try forms(maker).map(maker.make)
    onEvent(.stage("measuring \(entries.count) candidates in turn"))
    let figures = try CandidateBench(
      validation: parts.validation, test: parts.test, price: price, speed: speed, memory: memory,
      backend: backend
    ).measure(entries)
    let selection = Selection(figures, requirement: requirement, policy: policy)
    var report = NavigationReport(
      figures, selection, folder, self,
      cores: speed.options.threads ?? ProcessInfo.processInfo.activeProcessorCount)
    for candidate in report.candidates { onEvent(.candidate(candidate)) }
    if let chosen = selection.chosen {
      try ModelExport(
        maker.model(named: entries[chosen].name)
          .stating(figures[chosen], precision: entries[chosen].precision)
      ).write(to: folder.artifact)
      report.artifact = folder.artifact.path
    }
    return report
  }

  /// The baseline, bf16, and integers with each way to choose ranges; the best of these with layers left out, if it
  /// loses too much.
  private func forms(_ maker: CandidateMaker) throws -> [CandidateForm] {
    let integers = [RangeMethod.percentile(99.99), .percentile(99.9), .minMax].map {
      CandidateForm(.int8, range: $0)
    }
    var forms = [CandidateForm(.f32), CandidateForm(.bf16)] + integers
    guard requirement.maxAccuracyDrop != nil || requirement.minAccuracy != nil else { return forms }
    let whole = try accuracy(CandidateForm(.f32), maker)
    let tried = try integers.map { ($0, try accuracy($0, maker)) }
    guard let best = tried.max(by: { $0.1 < $1.1 }), !isEnough(best.1, whole: whole) else {
      return forms
    }
    let layers = try maker.sensitiveLayers(best.0.range)
    for count in 1..<max(2, layers.count) where count < layers.count {
      let form = CandidateForm(.int8, range: best.0.range, excluded: Set(layers.prefix(count)))
      forms.append(form)
      if try isEnough(accuracy(form, maker), whole: whole) { break }
    }
    return forms
  }

  private func accuracy(_ form: CandidateForm, _ maker: CandidateMaker) throws -> Double {
    let entry = try maker.make(form)
    return try Predictions(
      of: Model(onnx: entry.file), on: parts.validation, precision: entry.precision,
      backend: backend, options: speed.options
    ).accuracy
  }

  private func isEnough(_ accuracy: Double, whole: Double) -> Bool {
    whole - accuracy <= requirement.maxAccuracyDrop ?? 1 && accuracy >= requirement.minAccuracy ?? 0
  }
}

extension Model {
  /// With what was measured among its facts.
  func stating(_ figures: CandidateFigures, precision: Precision) -> Model {
    var model = self
    model.facts.metrics = [
      "test.accuracy": figures.test.accuracy, "test.macro_f1": figures.test.macroF1,
      "validation.accuracy": figures.validationAccuracy,
      "latency_ms.p50": figures.costs.speed.latency.p50,
      "latency_ms.p95": figures.costs.speed.latency.p95,
      "throughput_per_s": figures.costs.speed.throughput,
      "cost_per_million": figures.costs.costPerMillion,
    ]
    model.facts.lineage["precision"] = precision.rawValue
    model.facts.lineage["candidate"] = figures.name
    model.facts.lineage["processor"] = EnvironmentReport.here().processor
    return model
  }
}
