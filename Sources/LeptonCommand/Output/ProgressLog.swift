import LeptonNavigator
import LeptonTraining

/// Tells standard error how far long work is: a live line on a terminal, plain lines elsewhere, or JSON lines.
struct ProgressLog {
  private let reporting: Reporting
  private let live: ProgressReporter

  init(_ reporting: Reporting) {
    self.reporting = reporting
    live = ProgressReporter(quiet: reporting.quiet || reporting.logFormat == .json)
  }

  /// Something new begins.
  func stage(_ name: String) {
    live.finish()
    reporting.note(name)
  }

  /// Something to look at before the work begins.
  private func show(_ summary: some Answer) {
    guard !reporting.quiet else { return }
    live.finish()
    StandardStreams.log(
      reporting.logFormat == .json
        ? JSONText.line(summary) : String(summary.text.dropLast()))
  }

  private func training(_ progress: TrainingProgress) {
    live.report(progress)
    guard reporting.logFormat == .json, !reporting.quiet else { return }
    if case .epochDone(let record) = progress.phase {
      StandardStreams.log(JSONText.line(EpochLine(epochs: progress.epochs, record: record)))
    }
  }

  /// Said only once nothing can lose it any more. On a terminal too many lines would do no good.
  private func checkpoint(_ step: Int, _ folder: String) {
    guard reporting.logFormat == .json, !reporting.quiet else { return }
    StandardStreams.log(JSONText.line(CheckpointLine(step: step, folder: folder)))
  }

  func event(_ event: RunEvent) {
    switch event {
    case .stage(let text), .note(let text): stage(text)
    case .checkpoint(let step, let folder): checkpoint(step, folder)
    case .data(let parts): show(DataSummary(parts))
    case .model(let model): show(LayerTable(model))
    case .training(let progress): training(progress)
    case .candidate(let candidate):
      stage("\(candidate.name): \(candidate.accepted ? "accepted" : "refused")")
    }
  }

  /// Ends the live line, so that something else can be written.
  func finish() { live.finish() }

  private struct CheckpointLine: Encodable {
    let level = "info"
    let message = "checkpoint saved"
    let step: Int
    let folder: String
  }

  private struct EpochLine: Encodable {
    let level = "info"
    let message = "epoch done"
    let epochs: Int
    let record: EpochRecord
  }
}
