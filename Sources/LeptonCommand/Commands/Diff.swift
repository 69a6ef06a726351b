import ArgumentParser
import LeptonCompiler
import LeptonData
import LeptonFormats
import LeptonGraph
import LeptonNavigator
import LeptonValues

/// `lepton diff`: what differs between two models, or two files of weights.
struct Diff: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show what differs between two models: structure, weights, outputs.",
    discussion: """
      lepton diff before.onnx after.onnx --data digits

      Also of files of weights, of any format. Exit code 0: the same, 1: they differ. Outputs are compared on \
      examples of --data, else on random inputs.
      """)

  @Argument(
    help: "A model (onnx, tflite) or weights (safetensors, npz, pt, gguf).", completion: .file())
  var first: String
  @Argument(help: "Another.", completion: .file())
  var second: String
  @Option(help: "A path, kind:path, or the name of embedded data, for the outputs.")
  var data: String?
  @Option(help: "Examples to run both on.")
  var examples = 16
  @Option(help: "Of the random inputs.")
  var seed: UInt64 = 0
  @Option(help: "Relative difference up to which numbers count as the same.")
  var tolerance = 0.0
  @Option(help: "Tensors to show; 0 for all that differ.")
  var top = 10
  @OptionGroup var reporting: Reporting

  mutating func validate() throws {
    if !(tolerance >= 0) {
      throw ValidationError("--tolerance is \(tolerance). Please provide 0 or more.")
    }
    if examples < 1 {
      throw ValidationError("--examples is \(examples). Please provide 1 or more.")
    }
  }

  func run() throws {
    let formats = (try FileFormat(of: first), try FileFormat(of: second))
    guard formats.0.isModel == formats.1.isModel else {
      // Weights beside the weights of a model.
      return try finish(
        ModelDifference(weights: weights(first, formats.0), weights(second, formats.1)))
    }
    guard formats.0.isModel else {
      return try finish(
        ModelDifference(weights: weights(first, formats.0), weights(second, formats.1)))
    }
    let (a, b) = (try model(first), try model(second))
    try finish(ModelDifference(a, b, feeds: feeds(for: a)))
  }

  /// Extents that the file leaves open are some number, the same in both.
  private func model(_ path: String) throws -> Model {
    var opener = try ModelOpener(path)
    opener.openExtent = ModelExport.openExtent
    return try opener.model(batch: examples)
  }

  private func weights(_ path: String, _ format: FileFormat) throws -> [String: TensorData] {
    format.isModel
      ? try model(path).weights : try WeightSet(path, format: format).tensors
  }

  private func feeds(for model: Model) throws -> [TensorData] {
    guard let data else {
      var random = RandomFeeds(seed: seed)
      return random.feeds(for: model.graph)
    }
    let part = try HeldOutPart(of: data, for: model)
    let count = model.batch
    guard part.examples.count >= count else {
      throw LeptonError(
        .badInput, "\(data) has \(part.examples.count) examples", at: "--examples",
        fix: "give --examples \(part.examples.count) or fewer")
    }
    return [part.examples.first(count).features]
  }

  private func finish(_ difference: ModelDifference) throws {
    let differs = difference.differs(beyond: tolerance)
    reporting.show(Answered(difference: difference, differ: differs, top: top))
    if differs { throw ExitCode(1) }
  }

  private struct Answered: Answer {
    let difference: ModelDifference
    let differ: Bool
    let top: Int

    func encode(to encoder: any Encoder) throws {
      try difference.encode(to: encoder)
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(differ, forKey: .differ)
    }

    private enum CodingKeys: CodingKey { case differ }

    var text: String {
      var text = ""
      func list(_ heading: String, _ names: [String]) {
        guard !names.isEmpty else { return }
        text += "\(heading) (\(names.count))\n" + names.map { "  \($0)\n" }.joined() + "\n"
      }
      list("structure", difference.structure)
      list("only in the first", difference.onlyInFirst)
      list("only in the second", difference.onlyInSecond)
      list("types or shapes differ", difference.misshapen)
      let changed = difference.weights.filter { $0.differing > 0 }
      text += "weights: \(changed.count) of \(difference.weights.count) tensors differ\n"
      text += table(top == 0 ? changed : Array(changed.prefix(top)))
      if top > 0, changed.count > top {
        text += "  ... and \(changed.count - top) more (--top 0)\n"
      }
      if !difference.outputs.isEmpty {
        let other = difference.outputs.filter { $0.differing > 0 }
        text += "outputs: \(other.count) of \(difference.outputs.count) differ\n" + table(other)
      }
      return text + (differ ? "" : "the same\n")
    }

    private func table(_ differences: [TensorDifference]) -> String {
      guard !differences.isEmpty else { return "" }
      var table = Table([
        ("  tensor", .prose), ("largest", .right), ("relative", .right), ("elements", .right),
      ])
      for difference in differences {
        table.add([
          "  " + difference.name, Figures.digits(difference.largest),
          Figures.digits(difference.relative),
          "\(Figures.count(difference.differing)) of \(Figures.count(difference.count))",
        ])
      }
      return table.text()
    }
  }
}
