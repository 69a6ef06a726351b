import Foundation
import LeptonData
import LeptonValues

/// `model.safetensors.index.json`: which tensor lies in which of the files beside it.
struct SafeTensorsIndex {
  private let path: String
  private var files: [String: String] = [:]
  private var totalSize: Int?

  init(_ path: String) throws {
    self.path = path
    var scanner = JSONScanner(try FileBytes.read(path))
    do {
      try scanner.object { json, key in
        switch key {
        case "weight_map":
          try json.object { json, name in
            let place = json.place
            let file = try json.string()
            guard Self.isPlainName(file) else {
              throw JSONScanner.Fault(
                what: "'\(file)' is not the name of a safetensors file in the same folder",
                byte: place)
            }
            files[name] = file
          }
        case "metadata":
          try json.object { json, key in
            if key == "total_size", !json.isNext("\"") {
              totalSize = Int(exactly: try json.number())
            } else {
              try json.skip()
            }
          }
        default: try json.skip()
        }
      }
      try scanner.finish()
    } catch let fault as JSONScanner.Fault {
      throw LeptonError(
        .badInput, fault.what, at: "\(path), byte \(fault.byte)", fix: "fetch the index again")
    }
    guard !files.isEmpty else {
      throw LeptonError(
        .badInput, "the index has no weight_map", at: path,
        fix: "name the index of a sharded model, or one of its files")
    }
  }

  /// An index that names itself, or a path, would lead elsewhere.
  private static func isPlainName(_ file: String) -> Bool {
    file.hasSuffix(".safetensors") && !file.contains("/") && !file.contains("\\")
      && !file.contains("\0") && !file.hasPrefix(".")
  }

  func weights() throws -> WeightSet {
    let folder = (path as NSString).deletingLastPathComponent
    var result = WeightSet([:])
    var bytes = 0
    for shard in Set(files.values).sorted() {
      let place = folder.isEmpty ? shard : "\(folder)/\(shard)"
      let weights = try SafeTensors.weights(place)
      for (name, tensor) in weights.tensors {
        guard files[name] == shard else {
          throw LeptonError(
            .badInput,
            files[name].map { "it holds tensor '\(name)', which the index places in \($0)" }
              ?? "it holds tensor '\(name)', which the index does not name",
            at: place, fix: "fetch the model again: index and files are of different versions")
        }
        result.tensors[name] = tensor
        bytes += tensor.type.byteCount
      }
      result.metadata.merge(weights.metadata) { first, _ in first }
      result.widened.merge(weights.widened) { first, _ in first }
    }
    if let name = files.keys.filter({ result.tensors[$0] == nil }).min() {
      throw LeptonError(
        .badInput, "tensor '\(name)' is not in \(files[name]!), where the index places it",
        at: path,
        fix: "fetch the model again: index and files are of different versions")
    }
    if let totalSize, result.widened.isEmpty, totalSize != bytes {
      throw LeptonError(
        .badInput, "the tensors have \(bytes) bytes, the index says \(totalSize)", at: path,
        fix: "fetch the model again: index and files are of different versions")
    }
    return result
  }
}
