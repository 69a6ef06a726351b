import ArgumentParser
import LeptonGraph
import LeptonNavigator
import LeptonServing
import LeptonValues

/// `lepton predict`: what a saved model says of files.
struct Predict: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Tell what files show, with a model that lepton trained.",
    discussion: "lepton predict model.onnx picture.png more/*.jpg")

  @OptionGroup var file: ModelFile
  @Argument(
    help: "PNG, JPEG, IDX, .npy; CSV, TSV or JSON lines for models of tables.", completion: .file())
  var files: [String]
  @Option(help: "Classes to list for each example, the most likely first.")
  var top = 3
  @OptionGroup var engine: EngineOptions
  @OptionGroup var reporting: Reporting

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
        }))
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

    var text: String {
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
