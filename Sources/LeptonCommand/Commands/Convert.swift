public import ArgumentParser
import Foundation
public import LeptonFormats
import LeptonGraph
import LeptonNavigator
import LeptonONNX
import LeptonValues

/// `lepton convert`: a model or a file of weights in another form.
struct Convert: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Convert a model, or weights, to another format.",
    discussion: """
      lepton convert model.tflite model.onnx
      lepton convert weights.pt weights.safetensors
      lepton convert --weights weights.safetensors model.onnx filled.onnx
      lepton convert model.onnx weights.npz
      lepton convert model.onnx smaller.onnx --opset 21 --weight-type int4
      lepton convert detector.onnx mine.onnx --facts detector.yml

      Models: onnx, tflite. Weights: safetensors (and its index of shards), npz, pt, gguf. What was written is \
      opened again and compared before it gets its name.
      """)

  @Argument(help: "What to convert; its bytes say what it is.", completion: .file())
  var input: String
  @Argument(help: "The new file; its name says the format.", completion: .file())
  var output: String
  @Option(help: "The format of the new file, where its name does not say it.")
  var format: FileFormat?
  @Option(
    help: "Weights for the model: a file whose tensors have the names and shapes of its own.",
    completion: .file())
  var weights: String?
  @Flag(help: "For --weights: take the tensors that fit, and leave the others as they are.")
  var partial = false
  @Option(
    help: ArgumentHelp(
      "The extent of an axis that the model leaves open, such as sequence=128; without, it stays open.",
      valueName: "symbol=extent"))
  var extent: [String] = []
  @Option(help: "Examples at once, for a model whose number of examples cannot stay open.")
  var batch = 1
  @OptionGroup var form: ONNXFileForm
  @OptionGroup var stated: StatedFacts
  @OptionGroup var reporting: Reporting

  func run() throws {
    let target = try outputFormat()
    guard target == .onnx || form.isUsual else {
      throw LeptonError(
        .usage, "--opset, --weight-type and --block-size say how ONNX files are written",
        at: output, fix: "name an .onnx file, or leave them out")
    }
    let source = try FileFormat(of: input)
    if source.isModel {
      let model = try model(keepsOpen: target != .tflite)
      if target.isModel {
        reporting.show(try export(model, as: target, from: source))
      } else {
        reporting.show(try save(WeightSet(model.weights), as: target, from: source))
      }
    } else {
      for (flag, isGiven) in [("--weights", weights != nil), ("--facts", stated.facts != nil)]
      where isGiven {
        throw LeptonError(
          .usage, "\(input) holds weights, which take no \(flag)", fix: "name a model first")
      }
      guard !target.isModel else {
        throw LeptonError(
          .usage, "\(input) holds weights without a graph, which make no \(target.rawValue)",
          fix:
            "name the model that they belong to: lepton convert --weights \(input) MODEL \(output)")
      }
      reporting.show(try save(try WeightSet(input, format: source), as: target, from: source))
    }
  }

  private func outputFormat() throws -> FileFormat {
    guard let format = format ?? FileFormat(named: output) else {
      throw LeptonError(
        .usage, "the name '\(output)' does not say a format", at: "OUT",
        fix: "end it in \(FileFormat.allCases.map { ".\($0.rawValue)" }.joined(separator: ", ")), "
          + "or give --format")
    }
    return format
  }

  private func model(keepsOpen: Bool) throws -> Model {
    let file = ModelFile(extents: extent, of: input)
    let openExtent = keepsOpen ? ModelExport.openExtent : nil
    let model = try stated.applied(
      to: file.read(batch: batch, for: [:], openExtent: openExtent).model)
    guard let weights else { return model }
    let loaded = try WeightSet(weights, format: FileFormat(of: weights))
    do {
      if partial {
        for complaint in WeightMatch(loaded, for: model).complaints { reporting.note(complaint) }
      }
      return try model.loading(loaded, partial: partial)
    } catch let error as LeptonError {
      throw error.within(weights)
    }
  }

  private func export(_ model: Model, as target: FileFormat, from source: FileFormat) throws
    -> Conversion
  {
    let export = ModelExport(model, as: target, by: form.exporter)
    let check = try export.write(to: URL(fileURLWithPath: output))
    return Conversion(
      input: input, output: output, from: source.rawValue, to: target.rawValue,
      tensors: model.weights.count,
      elements: model.weights.values.reduce(0) { $0 + $1.elementCount },
      largestDifference: check,
      remarks: [examples(model), try rounding(export)].compactMap { $0 })
  }

  private func examples(_ model: Model) -> String? {
    model.facts.batch.map {
      "what it computes depends on the number of examples, which stays \($0): --batch says another"
    }
  }

  private func rounding(_ export: ModelExport) throws -> String? {
    guard form.weightType != .exact else { return nil }
    guard let error = try export.roundingError() else {
      return "no weights were rounded: the model has none that \(form.weightType.rawValue) can hold"
    }
    return
      "rounding weights to \(form.weightType.rawValue) changes outputs for random inputs by up to "
      + "\(Figures.digits(error)) of the largest; lepton evaluate says what that means for data"
  }

  private func save(_ weights: WeightSet, as target: FileFormat, from source: FileFormat) throws
    -> Conversion
  {
    try WeightExport(weights, as: target).write(to: URL(fileURLWithPath: output))
    var remarks: [String] = []
    let widened = Dictionary(grouping: weights.widened, by: \.value)
    for (type, tensors) in widened.sorted(by: { $0.key < $1.key }) {
      remarks.append("\(tensors.count) tensors of \(type) were widened")
    }
    if !weights.omitted.isEmpty {
      remarks.append(
        "\(weights.omitted.count) values that are no tensors are left out: "
          + weights.omitted.sorted().prefix(8).joined(separator: ", "))
    }
    return Conversion(
      input: input, output: output, from: source.rawValue, to: target.rawValue,
      tensors: weights.tensors.count, elements: weights.elementCount, largestDifference: 0,
      remarks: remarks)
  }

  struct Conversion: Answer {
    let input: String
    let output: String
    let from: String
    let to: String
    let tensors: Int
    let elements: Int
    /// Between the outputs before and after, relative to the largest of them.
    let largestDifference: Double
    let remarks: [String]

    var text: String {
      "\(output): \(tensors) tensors, \(Figures.count(elements)) elements, opened again and "
        + (largestDifference == 0 ? "equal" : "equal within \(Figures.digits(largestDifference))")
        + "\n"
        + remarks.map { Prose.wrapped($0) }.joined()
    }
  }
}

extension FileFormat: ExpressibleByArgument {}
