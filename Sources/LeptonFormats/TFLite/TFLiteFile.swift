public import LeptonGraph
package import LeptonValues

/// TensorFlow Lite models (`.tflite`), float and quantised to 8 bits.
///
/// The file computes with channels last; convolutions here take them first. Inputs and outputs stay as the file has them, and
/// transpositions stand only where the order must change. Integer tensors become pairs of `Quantize` and `Dequantize`, which the
/// compiler folds into integer kernels. Source: `schema.fbs` of TensorFlow Lite, version 3.
public enum TFLiteFile {
  /// The model of the file at `path`; where the file leaves the number of examples open, for `batch` of them.
  ///
  /// - Throws: `LeptonError`: `io`, or `badInput` with the byte, tensor or operator; all operators that are not
  ///   supported are named at once.
  public static func model(_ path: String, batch: Int = 1) throws -> Model {
    try model(ByteSource(path), batch: batch)
  }

  package static func model(_ source: ByteSource, batch: Int = 1) throws -> Model {
    guard source.count <= 1 << 31 else {
      throw LeptonError(.badInput, "a flatbuffer has at most 2 GB", at: source.name)
    }
    let buffer = FlatBuffer(try source.bytes(0..<source.count), name: source.name)
    let file = try TFLiteContents(buffer)
    var reader = TFLiteReader(file, ByteSource(buffer.bytes, name: source.name), batch: batch)
    do {
      var model = try reader.model()
      model.facts.name = file.name
      try model.verify()
      return model
    } catch let error as LeptonError {
      throw error.place.hasPrefix(source.name) ? error : error.within(source.name)
    }
  }
}

/// What a file says, as it says it.
struct TFLiteContents {
  let name: String
  let tensors: [TFLiteTensor]
  let inputs: [Int]
  let outputs: [Int]
  let nodes: [TFLiteNode]

  init(_ buffer: FlatBuffer) throws {
    let model = try buffer.root(identifier: "TFL3")
    let version = try model.number(0, UInt32.self)
    guard version == 3 else {
      throw buffer.error("the file is of version \(version), 3 is read", at: model.place)
    }
    let buffers = try model.tables(4).map { try Self.elements($0, buffer) }
    let graphs = try model.tables(2)
    guard graphs.count == 1, let graph = graphs.first else {
      throw LeptonError(
        .badInput, "the file has \(graphs.count) subgraphs, one is read", at: buffer.name,
        fix: "export a model without control flow, or one signature of it")
    }
    name = try graph.string(4) ?? ""
    tensors = try graph.tables(0).enumerated().map {
      try TFLiteTensor($1, index: $0, buffers: buffers)
    }
    let count = tensors.count
    func indices(_ table: FlatTable, _ field: Int, least: Int) throws -> [Int] {
      let indices = try table.ints(field, of: Int32.self) ?? []
      guard indices.allSatisfy({ (least..<count).contains($0) }) else {
        throw buffer.error("tensors \(indices) are named, the file has \(count)", at: table.place)
      }
      return indices
    }
    inputs = try indices(graph, 1, least: 0)
    outputs = try indices(graph, 2, least: 0)
    let codes = try model.tables(1).map { table in
      // Codes beyond 127 do not fit into the old field.
      let code = max(try table.byte(0), try table.int(3))
      return (code, code == 32 ? try table.string(1) ?? "?" : "")
    }
    nodes = try graph.tables(3).enumerated().map { position, table in
      let code = Int(try table.number(0, UInt32.self))
      guard codes.indices.contains(code) else {
        throw buffer.error(
          "operator \(position) has code \(code) of \(codes.count)", at: table.place)
      }
      return TFLiteNode(
        position: position, code: codes[code].0, customName: codes[code].1,
        inputs: try indices(table, 1, least: -1), outputs: try indices(table, 2, least: 0),
        options: try table.table(4))
    }
  }

  /// The bytes of a buffer, inside the table or, in large files, behind the flatbuffer.
  private static func elements(_ table: FlatTable, _ buffer: FlatBuffer) throws -> Range<Int>? {
    if let range = try table.bytes(0), !range.isEmpty { return range }
    let offset = try table.number(1, UInt64.self)
    let size = try table.number(2, UInt64.self)
    guard offset > 1 else { return nil }
    guard offset <= buffer.bytes.count, size <= UInt64(buffer.bytes.count) - offset else {
      throw buffer.error(
        "a buffer of \(size) bytes at byte \(offset) runs out of the file", at: table.place)
    }
    return Int(offset)..<Int(offset + size)
  }
}

/// An operator as the file has it.
struct TFLiteNode {
  let position: Int
  let code: Int
  let customName: String
  /// -1 for one that is left out.
  let inputs: [Int]
  let outputs: [Int]
  let options: FlatTable?

  var name: String {
    customName.isEmpty
      ? TFLiteOperators.names[code] ?? "operator code \(code)" : "custom operator '\(customName)'"
  }

  func error(_ what: String, fix: String = "") -> LeptonError {
    LeptonError(.badInput, what, at: "operator \(position) (\(name))", fix: fix)
  }

  func input(_ position: Int) throws -> Int {
    guard inputs.indices.contains(position), inputs[position] >= 0 else {
      throw error("input \(position) is missing")
    }
    return inputs[position]
  }

  func optionalInput(_ position: Int) -> Int? {
    inputs.indices.contains(position) && inputs[position] >= 0 ? inputs[position] : nil
  }

  func output() throws -> Int {
    guard outputs.count == 1 else { throw error("it has \(outputs.count) outputs") }
    return outputs[0]
  }
}
