import ArgumentParser
import LeptonGraph
import LeptonNavigator
import LeptonServing
import LeptonValues

/// `lepton predict`: what a saved model says of files.
struct Predict: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Tell what files show, with a model that lepton trained.",
    discussion: """
      lepton predict model.onnx picture.png folder
      lepton predict model.onnx rows.csv --format csv > answers.csv
      """)

  @OptionGroup var file: ModelFile
  @Argument(
    help: """
      PNG, JPEG, IDX, .npy; CSV, TSV or JSON lines for models of tables; or folders of them.
      """, completion: .file())
  var files: [String]
  @Option(help: "Classes to list for each example, the most likely first.")
  var top = 3
  @Option(help: "How the answers are written; --json is an object with all of them.")
  var format = Format.table
  @OptionGroup var engine: EngineOptions
  @OptionGroup var reporting: Reporting

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case table, csv
  }

  func run() throws {
    guard top >= 1 else {
      throw LeptonError(.usage, "--top is \(top)", at: "predict", fix: "give 1 or more")
    }
    let model = try file.read(batch: 1)
    var inputs = InputFiles(try ModelInput(model))
    for path in files { try inputs.add(path) }
    inputs.notes.forEach(reporting.note)
    let predictor = try Predictor(
      model, count: inputs.examples.count, precision: engine.precision(of: model),
      options: engine.compileOptions())
    let predictions = try predictor.predictions(of: inputs.examples)
    reporting.show(
      Predictions(
        predictions: zip(inputs.names, predictions).map {
          Predictions.Row($0, $1, labels: model.facts.labels, top: top)
        }, skipped: inputs.skipped,
        format: format))
  }

  struct Predictions: Answer {
    struct Guess: Encodable {
      let label: String
      let probability: Double
    }

    struct Row: Encodable {
      let file: String
      /// The most likely class; nil for regression.
      let label: String?
      let probability: Double?
      let top: [Guess]
      let outputs: [Double]

      init(_ name: String, _ prediction: Predictor.Prediction, labels: [String], top: Int) {
        file = name
        let order = prediction.probabilities.indices.sorted {
          prediction.probabilities[$0] > prediction.probabilities[$1]
        }
        self.top = order.prefix(top).map { index in
          Guess(
            label: labels.indices.contains(index) ? labels[index] : "\(index)",
            probability: prediction.probabilities[index])
        }
        label = self.top.first?.label
        probability = self.top.first?.probability
        outputs = prediction.outputs
      }
    }

    let predictions: [Row]
    let skipped: [InputFiles.Skipped]
    private let format: Format

    enum CodingKeys: CodingKey { case predictions, skipped }

    init(predictions: [Row], skipped: [InputFiles.Skipped], format: Format) {
      (self.predictions, self.skipped, self.format) = (predictions, skipped, format)
    }

    var text: String { format == .csv ? csv : table }

    /// RFC 4180, with a header: file, label and its probability; for regression, the outputs.
    private var csv: String {
      let width = predictions.first?.label == nil ? predictions.first?.outputs.count ?? 0 : 0
      let header =
        width > 0 ? (1...width).map { "output\($0)" } : ["label", "probability"]
      let rows = predictions.map { row in
        [row.file]
          + (row.label.map { [$0, row.probability.map { "\($0)" } ?? ""] }
            ?? row.outputs.map { "\($0)" })
      }
      return ([["file"] + header] + rows).map { row in
        row.map(Self.field).joined(separator: ",") + "\r\n"
      }.joined()
    }

    private static func field(_ text: String) -> String {
      let isPlain = text.utf8.allSatisfy {
        ![UInt8(ascii: ","), UInt8(ascii: "\""), 10, 13].contains($0)
      }
      return isPlain ? text : "\"" + text.replacing("\"", with: "\"\"") + "\""
    }

    private var table: String {
      var table = Table([
        ("file", .prose), ("label", .left), ("probability", .right), ("then", .prose),
      ])
      for row in predictions {
        let rest = row.top.dropFirst().map { "\($0.label) \(Figures.accuracy($0.probability))" }
        table.add([
          row.file,
          row.label ?? row.outputs.map(Figures.digits).joined(separator: " "),
          row.probability.map(Figures.accuracy) ?? "-", rest.joined(separator: ", "),
        ])
      }
      return table.text()
    }
  }
}
