internal import Foundation
import LeptonGraph
import LeptonValues

/// What a file says about itself, outside its graph.
extension ONNXModelProto {
  /// The versions of ONNX's own operators that are read.
  static let opsets = 6...28

  /// The version of ONNX's own operators. Throws where this package does not know it.
  func checkedOpset() throws -> Int {
    guard (3...14).contains(irVersion) else {
      throw LeptonError(
        .badInput, "IR version \(irVersion) is not supported", fix: "export it with 3 to 14")
    }
    let own = ["", "ai.onnx"]
    guard let opset = opsetImport.first(where: { own.contains($0.domain) }) else {
      // Nothing follows from it where all nodes are of other domains.
      if !opsetImport.isEmpty, graph.node.allSatisfy({ !own.contains($0.domain) }) {
        return Self.opsets.upperBound
      }
      throw LeptonError(.badInput, "it does not say which opset its nodes are of")
    }
    guard Self.opsets.contains(Int(clamping: opset.version)) else {
      throw LeptonError(
        .badInput, "opset \(opset.version) is not supported",
        fix: "export it with 13 to \(Self.opsets.upperBound)")
    }
    return Int(opset.version)
  }

  /// The facts that this package wrote, or for other files the graph's name and producer.
  func facts() throws -> Model.Facts {
    if let facts: Model.Facts = try metadata(Model.Facts.key) { return facts }
    var facts = Model.Facts()
    facts.name = graph.name
    let producer = [producerName, producerVersion].filter { !$0.isEmpty }
    if !producer.isEmpty { facts.lineage["producer"] = producer.joined(separator: " ") }
    for entry in metadataProps { facts.lineage[entry.key] = entry.value }
    return facts
  }

  /// Which initializers were trained, where the file says so.
  func statedRoles() throws -> StatedRoles? { try metadata(StatedRoles.key) }

  private func metadata<Content: Decodable>(_ key: String) throws -> Content? {
    guard let entry = metadataProps.first(where: { $0.key == key }) else { return nil }
    do {
      return try JSONDecoder().decode(Content.self, from: Data(entry.value.utf8))
    } catch {
      throw LeptonError(
        .badInput, "metadata entry '\(key)' is not what Lepton writes there",
        fix: "remove the entry, or save the model again")
    }
  }

  /// Adds `content` as JSON, the same bytes for the same content.
  mutating func setMetadata(_ key: String, _ content: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      let json = try encoder.encode(content)
      setMetadata(key, text: String(decoding: json, as: UTF8.self))
    } catch {
      throw LeptonError(
        .badInput, "the facts cannot be written as JSON", at: key,
        fix: "metrics must be finite numbers")
    }
  }

  mutating func setMetadata(_ key: String, text: String) {
    var entry = ONNXStringStringEntryProto()
    entry.key = key
    entry.value = text
    metadataProps.append(entry)
  }
}

extension Model.Facts {
  static let key = "lepton.facts"
}
