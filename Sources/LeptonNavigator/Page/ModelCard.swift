import Foundation
import LeptonTraining
import LeptonValues

/// What is to be known about a chosen model, as Markdown with the front matter that model hubs read.
/// Source: Mitchell et al., "Model Cards for Model Reporting", 2019; Hugging Face, "Model cards".
struct ModelCard {
  let report: RunReport
  let chosen: CandidateReport

  /// Nil where nothing was chosen.
  init?(_ report: RunReport) {
    guard let chosen = report.chosen else { return nil }
    (self.report, self.chosen) = (report, chosen)
  }

  var markdown: String {
    let file = (report.artifact as NSString?)?.lastPathComponent ?? "model.onnx"
    return """
      \(frontMatter)
      # \(escaped(report.name))

      A network `\(escaped(report.training.architecture))` for \(report.data.classes.count) classes, trained on \
      \(escaped(report.data.spec)) by Lepton and saved in the form `\(chosen.name)`: \(escaped(chosen.reason)).

      ## How to use it

      ```
      lepton predict \(file) FILE...
      ```

      It is one ONNX file with its preprocessing inside; other runtimes that read ONNX take it as it is.

      ## What it reaches

      On \(Figures.count(report.data.counts["test"] ?? 0)) test examples that took no part in training, calibration or choice:

      | class | precision | recall | F1 | examples |
      |---|---|---|---|---|
      \(classRows)

      Accuracy \(Figures.accuracy(chosen.accuracy))\(interval), macro F1 \(Figures.accuracy(chosen.macroF1)).

      ## What compression changed

      | form | accuracy | p50 ms | p95 ms | file | peak memory | dollars a million |
      |---|---|---|---|---|---|---|
      \(report.candidates.map(row).joined(separator: "\n"))

      Costs are those of \(report.hardware.price.kind) (\(report.hardware.price.provider)): \
      \(report.hardware.assumption). Times were measured on \(report.environment.processor), \
      \(report.environment.cores) cores.

      ## How it was trained

      \(counted(report.training.epochs, "epoch")) (\(report.training.ending)) in \
      \(ProgressLine.duration(report.training.seconds)) on \(Figures.count(report.data.counts["train"] ?? 0)) \
      examples. `config.yaml` holds every setting; `lepton run config.yaml` repeats it.

      ## What to keep in mind

      It knows the \(report.data.classes.count) classes that it was trained on and answers one of them whatever it is shown. What its data \
      do not hold, it was not tested on; whom a mistake would harm, only who uses it can say.
      \(report.notes.map { "\n- \(escaped($0))" }.joined())

      """
  }

  private var interval: String {
    chosen.accuracyInterval.map {
      " (95 % interval \(Figures.accuracy($0.low)) to \(Figures.accuracy($0.high)))"
    } ?? ""
  }

  private var frontMatter: String {
    """
    ---
    library_name: lepton
    tags: [lepton, onnx, classification]
    datasets: [\(quoted(report.data.spec))]
    metrics: [accuracy]
    model-index:
      - name: \(quoted(report.name))
        results:
          - task: {type: classification}
            dataset: {name: \(quoted(report.data.spec)), type: \(quoted(report.data.spec))}
            metrics:
              - {type: accuracy, value: \(chosen.accuracy), name: test accuracy}
              - {type: f1, value: \(chosen.macroF1), name: macro F1}
    ---
    """
  }

  private var classRows: String {
    chosen.test.classes.map {
      "| \(escaped($0.name)) | \(Figures.accuracy($0.precision)) | \(Figures.accuracy($0.recall)) "
        + "| \(Figures.accuracy($0.f1)) | \(Figures.count($0.support)) |"
    }.joined(separator: "\n")
  }

  private func row(_ candidate: CandidateReport) -> String {
    "| \(candidate.name)\(candidate.name == chosen.name ? " (chosen)" : "") "
      + "| \(Figures.accuracy(candidate.accuracy)) | \(Figures.digits(candidate.latency.p50)) "
      + "| \(Figures.digits(candidate.latency.p95)) | \(Figures.bytes(candidate.bytes)) "
      + "| \(Figures.bytes(candidate.peakRSS)) | \(Figures.digits(candidate.costPerMillion)) |"
  }

  /// Text from elsewhere, with nothing in it that Markdown or HTML would act on.
  private func escaped(_ text: String) -> String {
    text.reduce(into: "") { result, character in
      switch character {
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "&": result += "&amp;"
      case _ where character.isNewline: result += " "
      case "|", "`", "*", "_", "[", "]", "#", "\\": result += "\\\(character)"
      default: result.append(character)
      }
    }
  }

  /// As a string in YAML.
  private func quoted(_ text: String) -> String {
    let plain = text.filter { !$0.isNewline }
    return "\"" + plain.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }
}
