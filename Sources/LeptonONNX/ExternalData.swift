internal import Foundation
import LeptonValues

/// The files beside a model in which ONNX keeps large tensors; each is mapped once.
struct ExternalData {
  /// The folder of the model; nil for a model out of memory, which has no neighbours.
  let directory: URL?
  private var files: [String: Data] = [:]

  init(directory: URL?) { self.directory = directory }

  /// The `count` bytes that the entries `location`, `offset` and `length` of a tensor point at.
  mutating func bytes(_ entries: [ONNXStringStringEntryProto], count: Int) throws -> Data {
    let entries = Dictionary(entries.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
    guard let location = entries["location"] else {
      throw LeptonError(.badInput, "its elements lie in another file, which is not named")
    }
    let file = try file(at: location)
    let offset = try number(entries["offset"], default: 0, "offset")
    let length = try number(entries["length"], default: count, "length")
    guard length == count else {
      throw LeptonError(
        .badInput, "\(length) bytes of elements where \(count) are needed", at: location)
    }
    guard offset <= file.count, count <= file.count - offset else {
      throw LeptonError(
        .badInput,
        "bytes \(offset) to \(offset.addingReportingOverflow(count).partialValue) lie "
          + "behind the end of the file, at \(file.count)", at: location,
        fix: "copy it again, it is cut short")
    }
    return file[(file.startIndex + offset)..<(file.startIndex + offset + count)]
  }

  /// A file of the model's folder; the path must not lead out of it.
  private mutating func file(at location: String) throws -> Data {
    if let file = files[location] { return file }
    guard let directory else {
      throw LeptonError(
        .badInput, "its elements lie in '\(location)', and a model out of memory has no folder",
        fix: "read the model from its file")
    }
    let root = directory.standardizedFileURL.resolvingSymlinksInPath()
    let url = root.appendingPathComponent(location).resolvingSymlinksInPath()
    guard !location.hasPrefix("/"), url.path.hasPrefix(root.path + "/") else {
      throw LeptonError(
        .badInput, "its elements lie in '\(location)', outside the folder of the model",
        fix: "put both files into one folder")
    }
    do {
      let file = try Data(contentsOf: url, options: .alwaysMapped)
      files[location] = file
      return file
    } catch {
      throw LeptonError(
        .io, "its elements lie in '\(location)', which cannot be read",
        fix: "keep that file beside the model")
    }
  }

  private func number(_ text: String?, default fallback: Int, _ key: String) throws -> Int {
    guard let text else { return fallback }
    guard let number = Int(text), number >= 0 else {
      throw LeptonError(.badInput, "\(key) of its elements is '\(text)'")
    }
    return number
  }
}
