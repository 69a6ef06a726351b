import ArgumentParser
import LeptonGraph
import LeptonNavigator
import LeptonServing
import LeptonValues

/// `lepton predict`: what a saved model says of files.
struct Predict: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Tell what files show, with a model that knows how it is asked.",
    discussion: """
      lepton predict model.onnx picture.png folder
      lepton predict model.onnx rows.csv --format csv > answers.csv
      lepton predict detector.onnx --facts detector.yml photo.jpg --draw drawn

      Models that lepton trained know their classes and how files become their input. Of others say it once: \
      lepton convert detector.onnx mine.onnx --facts detector.yml.
      """)

  @OptionGroup var file: ModelFile
  @Argument(
    help: """
      PNG, JPEG, IDX, .npy; CSV, TSV or JSON lines for models of tables; or folders of them.
      """, completion: .file())
  var files: [String]
  @Option(help: "Classes to list for each example, the most likely first.")
  var top = 3
  @Option(help: "Of detectors: what a box must score more than; as the model says by default.")
  var threshold: Double?
  @Option(
    help: ArgumentHelp(
      "Of detectors: write each picture with its boxes into this folder.", valueName: "folder"),
    completion: .directory)
  var draw: String?
  @OptionGroup var stated: StatedFacts
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
    let model = try model()
    var inputs = InputFiles(try ModelInput(model))
    for path in files { try inputs.add(path) }
    inputs.notes.forEach(reporting.note)
    let predictor = try Predictor(
      model, count: inputs.examples.count, precision: engine.precision(of: model),
      options: engine.compileOptions())
    if model.facts.detection != nil {
      reporting.show(try detected(inputs, predictor, labels: model.facts.labels))
      return
    }
    let predictions = try predictor.predictions(of: inputs.examples)
    reporting.show(
      Predictions(
        predictions: zip(inputs.names, predictions).map {
          Predictions.Row($0, $1, labels: model.facts.labels, top: top)
        }, skipped: inputs.skipped,
        format: format))
  }

  private func model() throws -> Model {
    var model = try stated.applied(to: file.read(batch: 1))
    guard model.facts.detection != nil else {
      for (flag, isGiven) in [("--threshold", threshold != nil), ("--draw", draw != nil)]
      where isGiven {
        throw LeptonError(
          .usage, "\(flag) is for detectors, and \(file.model) is not said to be one",
          at: "predict",
          fix: "leave it out, or say by --facts how its output becomes boxes")
      }
      return model
    }
    if let threshold {
      guard 0...1 ~= threshold else {
        throw LeptonError(.usage, "--threshold is \(threshold)", at: "predict", fix: "give 0 to 1")
      }
      model.facts.detection?.threshold = threshold
    }
    return model
  }

  private func detected(
    _ inputs: InputFiles, _ predictor: Predictor, labels: [String]
  ) throws -> DetectionAnswer {
    var folder = try draw.map { try DrawingFolder($0) }
    let found = try predictor.boxes(of: inputs.examples)
    let rows = try found.enumerated().compactMap { index, found -> DetectionAnswer.Row? in
      guard let image = inputs.images[index] else { return nil }
      let boxes = found.compactMap { $0.inPixels(of: image) }
      let drawn = try folder?.write(
        BoxDrawing(labels: labels).draw(boxes, on: inputs.picture(of: index)),
        of: inputs.names[index])
      return DetectionAnswer.Row(
        file: inputs.names[index], width: image.width, height: image.height,
        boxes: boxes.map { DetectionAnswer.Found($0, labels: labels) }, drawn: drawn)
    }
    if let draw {
      reporting.note("\(rows.count) picture\(rows.count == 1 ? "" : "s") drawn in \(draw)")
    }
    return DetectionAnswer(predictions: rows, skipped: inputs.skipped, format: format)
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
            label: labels.name(of: index),
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

    /// With a header: file, label and its probability; for regression, the outputs.
    private var csv: String {
      let width = predictions.first?.label == nil ? predictions.first?.outputs.count ?? 0 : 0
      let header =
        width > 0 ? (1...width).map { "output\($0)" } : ["label", "probability"]
      let rows = predictions.map { row in
        [row.file]
          + (row.label.map { [$0, row.probability.map { "\($0)" } ?? ""] }
            ?? row.outputs.map { "\($0)" })
      }
      return CSVText.lines([["file"] + header] + rows)
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
