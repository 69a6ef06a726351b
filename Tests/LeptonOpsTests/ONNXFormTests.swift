import LeptonGraph
import LeptonOps
import LeptonValues
import Testing

/// What an operation writes as ONNX nodes, read back node by node. (Files are LeptonONNX's concern.)
@Suite("ONNX forms")
struct ONNXFormTests {
  /// The operator set that has them all.
  private static let newest = 28
  static let writable = OpCase.all.filter(\.sample.onnx)

  @Test("read back as the same values", arguments: writable)
  func roundTrip(_ test: OpCase) throws {
    let (graph, operands) = try test.graph(.f32)
    var writer = ONNXWriter(graph, opset: Self.newest)
    for node in graph.nodes { try writer.write(node) }
    let again = try read(writer)
    #expect(
      again.outputs.map { again.type(of: $0.value) }
        == graph.outputs.map { graph.type(of: $0.value) })
    for (before, after) in zip(try graph.evaluate(operands), try again.evaluate(operands)) {
      #expect(difference(after.doubles, before.doubles) <= 1e-6)
    }
  }

  /// An importer in small: readers of `OpSet` on the nodes in order.
  private func read(_ writer: ONNXWriter) throws -> Graph {
    var context = ONNXReadContext(builder: GraphBuilder()) { try $1.constant($0) }
    var values: [String: Value] = [:]
    for port in writer.graph.inputs {
      values[port.name] = context.builder.input(port.name, writer.graph.type(of: port.value))
    }
    for (name, data) in writer.initializers { values[name] = try context.addConstant(data) }
    for node in writer.nodes {
      let results = try context.read(
        node.opType, node.inputs.map { $0.isEmpty ? nil : values[$0]! }, node.attributes,
        outputCount: node.outputs.count, opset: writer.opset)
      for (name, value) in zip(node.outputs, results) { values[name] = value }
    }
    var names = writer
    for port in writer.graph.outputs {
      context.builder.output(port.name, values[names.name(of: port.value)]!)
    }
    return context.builder.graph
  }
}

extension ONNXReadContext {
  static let readers = OpSet.all.reduce(into: [String: ONNXReader]()) { readers, op in
    readers.merge(op.onnxReaders) { first, _ in first }
  }

  /// Reads one node with the readers of `OpSet`.
  mutating func read(
    _ opType: String, _ inputs: [Value?], _ attributes: [String: ONNXAttribute] = [:],
    outputCount: Int = 1, opset: Int = 21
  ) throws -> [Value] {
    let reader = try #require(Self.readers[opType], "nothing reads \(opType)")
    let node = ONNXNode(
      opType: opType, name: "n", attributes: attributes, inputs: inputs, outputCount: outputCount,
      opset: opset)
    return try reader(node, &self)
  }
}
