import Foundation
import LeptonCPU
import LeptonCompiler
import LeptonGraph
import LeptonONNX
import LeptonOps
import LeptonValues
import Testing

/// Operators in forms that ONNX's own node cases leave out: files of one node that hold what goes in and what must come
/// out.
@Suite("Operators of ONNX")
struct OperatorFileTests {
  @Test("compute on the processor what the file expects", arguments: ValueFile.operators)
  func agrees(name: String) throws {
    let file = try ValueFile("operators/\(name)")
    let read = try ONNXImporter().specialized(
      from: file.model, named: name, to: file.feeds.mapValues { .tensor($0) })
    let session = try Session(read.model, backend: CPUBackend())
    let results = try session.run(session.graph.dataInputs.map { file.feeds[$0.name]! })
    #expect(results.count == file.expected.count)
    for (port, result) in zip(session.graph.dataOutputs, results) {
      expectClose(result, try #require(file.expected[port.name]), "\(name): \(port.name)")
    }
  }

  @Test("all eighty-seven files are here")
  func count() { #expect(ValueFile.operators.count == 87) }

  @Test("attention stays one operation, with a mask and with fewer heads of keys")
  func attentionIsFused() throws {
    let model = try ONNXModelProto.fixture {
      $0.opsetImport[0].version = 23
      $0.graph.initializer = []
      $0.graph.input = [
        .tensor("q", dims: ["2", "16", "32"]), .tensor("k", dims: ["2", "24", "16"]),
        .tensor("v", dims: ["2", "24", "16"]), .tensor("m", dims: ["16", "24"]),
      ]
      $0.graph.node = [
        .make(
          "Attention", ["q", "k", "v", "m"], ["y"],
          ["q_num_heads": .int(4), "kv_num_heads": .int(2), "is_causal": .int(1)])
      ]
      $0.graph.output = [.tensor("y", dims: [])]
    }.imported()
    let session = try Session(model, backend: CPUBackend())
    #expect(session.graph.nodes.contains { $0.op is FusedAttention }, "\(session.graph)")
  }

  @Test("stay open to other numbers of examples", arguments: openForms)
  func batch(_ test: Open) throws {
    func model(_ batch: Int) throws -> Model {
      try ONNXModelProto.fixture {
        $0.opsetImport[0].version = 28
        let names = test.shapes.indices.map { "x\($0)" }
        let ports = zip(names, test.shapes)
        // What has no examples is a weight.
        $0.graph.initializer = ports.filter { !$1.contains(0) }.map { name, shape in
          ONNXTensorProto(TensorData(zeros: TensorType(.f32, Shape(shape))), name: name)
        }
        $0.graph.input = ports.filter { $1.contains(0) }.map { name, shape in
          .tensor(name, dims: shape.map { $0 == 0 ? "batch" : "\($0)" })
        }
        $0.graph.node = [.make(test.opType, names, ["y"], test.attributes)]
        $0.graph.output = [.tensor("y", dims: [])]
      }.imported(batch: batch)
    }
    let (widened, wide) = try (model(2).withBatch(5).graph, model(5).graph)
    #expect(widened.type(of: widened.outputs[0].value) == wide.type(of: wide.outputs[0].value))
  }

  struct Open: CustomTestStringConvertible, Sendable {
    let opType: String
    /// 0 for the examples.
    let shapes: [[Int]]
    let attributes: [String: ONNXAttribute]
    var testDescription: String { opType }

    init(_ opType: String, _ shapes: [[Int]], _ attributes: [String: ONNXAttribute] = [:]) {
      (self.opType, self.shapes, self.attributes) = (opType, shapes, attributes)
    }
  }

  static let openForms = [
    Open(
      "Attention", [[0, 3, 8], [0, 5, 4], [0, 5, 4]],
      ["q_num_heads": .int(4), "kv_num_heads": .int(2), "is_causal": .int(1)]),
    Open("GroupNormalization", [[0, 4, 3, 3], [4], [4]], ["num_groups": .int(2)]),
    Open("RMSNormalization", [[0, 4, 3], [4, 3]], ["axis": .int(1)]),
    Open("LRN", [[0, 4, 3, 3]], ["size": .int(3)]),
    Open("CausalConvWithState", [[0, 4, 6], [4, 1, 3]]),
    Open("Einsum", [[0, 3, 4], [4, 5]], ["equation": .string("bsi,io->bso")]),
    Open("Einsum", [[0, 2, 3, 4], [0, 2, 5, 4]], ["equation": .string("bhid,bhjd->bhij")]),
    Open("SwiGLU", [[0, 3], [0, 3]], ["alpha": .float(0.5)]),
    Open("Hardmax", [[0, 3]]),
    Open("LayerNormalization", [[0, 3, 4], [3, 4]], ["axis": .int(1)]),
  ]
}
