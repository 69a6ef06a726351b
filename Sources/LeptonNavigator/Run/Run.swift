public import Foundation
import Lepton
import LeptonCPU
import LeptonCompiler
import LeptonData
import LeptonONNX
public import LeptonRuntime
public import LeptonTraining
import LeptonValues

/// The whole loop of a recipe: data, training, compression, measurement, choice, artifact, report.
///
/// ```swift
/// let report = try Run(recipe).execute { event in print(event) }
/// try report.requireChoice()
/// ```
public struct Run: Sendable {
  public var recipe: Recipe
  /// Where to; nil takes the next free folder in `runs`.
  public var output: URL?
  /// Goes on from the newest checkpoint in `output`.
  public var resumes = false
  public var cancellation = Cancellation()
  public var speed: SpeedTest
  /// Measures memory in a process of its own; nil estimates it.
  public var memory: MemoryProbe?
  public var backend: any Backend = CPUBackend()
  /// Of the tool that runs it, for the report.
  public var version: String?

  public init(_ recipe: Recipe, output: URL? = nil) {
    self.recipe = recipe
    self.output = output
    speed = SpeedTest(options: recipe.compileOptions)
  }

  /// Runs, and leaves a folder behind.
  ///
  /// - Throws: `LeptonError`: of kind `interrupted` where it was cancelled. That no candidate meets the
  ///   requirement is a result: see `RunReport.requireChoice`.
  public func execute(_ onEvent: (RunEvent) -> Void = { _ in }) throws -> RunReport {
    // Mistakes that can be known before any work is done.
    let prices =
      try recipe.prices.map { try PriceTable(file: URL(fileURLWithPath: $0)) } ?? .builtIn()
    let price = try prices.price(recipe.hardware)
    try recipe.model.verify()
    try recipe.training.verify()

    onEvent(.stage("data: \(recipe.data.spec)"))
    let parts = try DataParts(recipe.data)
    onEvent(.data(parts))
    let folder =
      try output.map(RunFolder.init(creating:))
      ?? RunFolder.next(
        named: recipe.name, in: URL(fileURLWithPath: "runs", isDirectory: true))

    var training = RecipeTraining(recipe, parts, in: folder)
    training.resumes = resumes
    training.cancellation = cancellation
    training.backend = backend
    let trained = try training.execute(onEvent)
    try checkNotCancelled(folder)

    onEvent(
      .stage("candidates: \(recipe.compression.candidates.map(\.rawValue).joined(separator: ", "))")
    )
    let maker = CandidateMaker(
      trained.model, parts, recipe.compression.calibration, in: folder, seed: recipe.data.seed,
      backend: backend)
    let range = recipe.compression.calibration.range
    let entries = try recipe.compression.candidates.map {
      try checkNotCancelled(folder)
      return try maker.make(CandidateForm($0, range: range))
    }

    onEvent(.stage("measuring the speed of \(entries.count) candidates in turn"))
    let bench = CandidateBench(
      validation: parts.validation, test: parts.test, price: price, speed: speed, memory: memory,
      backend: backend)
    var said: [String: Predictions] = [:]
    let figures = try bench.measure(entries) {
      onEvent(.stage("measuring the quality and memory of \($0.name)"))
    } onPredictions: {
      said[$0.name] = $1
    }
    try checkNotCancelled(folder)
    let selection = Selection(figures, requirement: recipe.requirement, policy: recipe.policy)
    onEvent(.stage("measuring where the time goes"))
    let profiles = try RunProfiles(
      recipe, trained.model, parts, entries[selection.chosen ?? 0],
      seconds: min(0.5, speed.seconds),
      backend: backend)
    let subject = selection.chosen ?? 0
    var report = RunReport(
      recipe, folder, parts, trained, figures, selection, profiles.report,
      HardwareReport(
        price, cores: recipe.threads ?? ProcessInfo.processInfo.activeProcessorCount),
      layers: try maker.layers(range),
      confused: try said[entries[subject].name].map {
        try ConfusedPair.most(in: $0, figures[subject].test, of: parts.test)
      } ?? [], prices: prices, version: version)
    for candidate in report.candidates { onEvent(.candidate(candidate)) }
    if let chosen = selection.chosen {
      try ModelExport(
        maker.model(named: entries[chosen].name)
          .stating(figures[chosen], precision: entries[chosen].precision)
      ).write(to: folder.artifact)
      report.artifact = folder.artifact.path
      report.artifactSHA256 = try SHA256.hex(ofFile: folder.artifact.path)
    }
    try folder.write(report.json(), to: folder.report)
    let page = ReportPage(
      report: report, inference: profiles.inference, training: profiles.training)
    try folder.write(Data(page.html.utf8), to: folder.page)
    if let card = ModelCard(report) {
      try folder.write(Data(card.markdown.utf8), to: folder.card)
    }
    return report
  }

  /// Between two stages. What was trained stays, and need not be trained again.
  private func checkNotCancelled(_ folder: RunFolder) throws {
    guard cancellation.isCancelled else { return }
    throw LeptonError(
      .interrupted, "the run was interrupted", at: folder.url.path,
      fix: "resume it from this folder")
  }
}
