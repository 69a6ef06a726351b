import Foundation
import Lepton
import LeptonData
package import LeptonGraph
import LeptonValues

/// What a model's own file does not say of it, as a YAML file says it: its classes, how images become its input, and how
/// its output becomes boxes.
///
/// ```yaml
/// labels: coco.names                  # or a list of them
/// image: {channel_order: bgr, resize: bilinear}
/// detection: {head: fastestdet, threshold: 0.65}
/// ```
///
/// What it leaves out stays as it is in the model. Once the model is saved the facts are in its file.
package struct FactsFile {
  private let file: String
  private let name: String?
  private let task: Task?
  private let labels: [String]?
  private let image: ImageFacts?
  private let detection: DetectionFacts?

  /// What a model is for.
  private enum Task: String, CaseIterable {
    case classification, binary, regression, detection
  }

  /// - Throws: `LeptonError`: `io` where a file cannot be read, `usage` for what it says.
  package init(_ path: String) throws {
    let bytes = try FileBytes.read(path)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw LeptonError(.usage, "it is not UTF-8", at: path, fix: "give a YAML file")
    }
    file = (path as NSString).lastPathComponent
    let reader = try SettingsReader(Setting(yaml: text, file: file))
    name = try reader.optionalString("name", means: "names the model")
    let folder = (path as NSString).deletingLastPathComponent
    labels = try reader.given("labels").map { try Self.labels($0, in: folder) }
    image = try reader.given("image").map { _ in try ImageFacts(reader.section("image")) }
    detection = try reader.given("detection").map { _ in
      try DetectionFacts(reader.section("detection"))
    }
    task = try reader.optionalChoice("task", means: "what the model is for")
    try reader.finish()
    guard task.map({ ($0 == .detection) == (detection != nil) }) ?? true else {
      throw LeptonError(
        .usage,
        detection == nil
          ? "the task is detection, and nothing says how the output becomes boxes"
          : "the task is \(task?.rawValue ?? ""), and detection is of another", at: file,
        fix: "write for example detection: {head: yolov8}, or another task")
    }
  }

  /// A list of names, or a file with one on each line.
  private static func labels(_ setting: Setting, in folder: String) throws -> [String] {
    func refuse(_ what: String, _ fix: String) -> LeptonError {
      LeptonError(.usage, "labels \(what)", at: setting.place, fix: fix)
    }
    let names: [String]
    switch setting.content {
    case .list(let items):
      names = try items.map { item in
        guard case .scalar(let name, _) = item.content else {
          throw refuse("are no list of words", "write [cat, dog]")
        }
        return name
      }
    case .scalar(let path, _):
      let place = path.hasPrefix("/") || folder.isEmpty ? path : "\(folder)/\(path)"
      let bytes = try FileBytes.read(place)
      guard bytes.count <= 1 << 20, let text = String(validating: bytes, as: UTF8.self) else {
        throw LeptonError(
          .badInput, "these are no names of classes", at: place,
          fix: "give a text file, one name on each line")
      }
      var lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      while lines.last?.allSatisfy(\.isWhitespace) == true { lines.removeLast() }
      names = lines.map { $0.trimmingCharacters(in: .whitespaces) }
    case .section:
      throw refuse("are a section", "give a list, or a file with one name on each line")
    }
    guard !names.isEmpty, !names.contains("") else {
      throw refuse(
        names.isEmpty ? "are none" : "have an empty one",
        "name each class, in the order of the output")
    }
    return names
  }

  /// The model with these facts.
  ///
  /// - Throws: `LeptonError` of kind `badInput` where it is not such a model.
  package func applied(to model: Model) throws -> Model {
    do {
      var model = try image?.applied(to: model) ?? model
      if let name { model.facts.name = name }
      if let labels { model.facts.labels = labels }
      if let task { model.facts.task = task.rawValue }
      if let detection {
        model.facts.detection = try detection.head(over: model.facts.detection)
        model.facts.task = Task.detection.rawValue
      }
      if let head = model.facts.detection {
        _ = try BoxDecoder(head, of: model)
      } else if let labels {
        try Self.check(labels, of: model)
      }
      return model
    } catch let error as LeptonError {
      throw error.place.hasPrefix(file) ? error : error.within(file)
    }
  }

  /// Whether there is a name for each of the numbers that a classifier answers.
  private static func check(_ labels: [String], of model: Model) throws {
    let outputs = model.graph.dataOutputs.map { model.graph.type(of: $0.value).shape }
    guard outputs.count == 1, outputs[0].rank == 2 else { return }
    let classes = outputs[0][1] == 1 ? 2 : outputs[0][1]
    guard labels.count == classes else {
      throw LeptonError(
        .badInput, "\(labels.count) labels, and the model tells \(classes) classes apart",
        fix: "name each class, in the order of the output")
    }
  }
}
