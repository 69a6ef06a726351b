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
  @Test("compute on the processor what the file expects", arguments: OperatorFile.names)
  func agrees(name: String) throws {
    let file = try OperatorFile(name)
    let read = try ONNXImporter().specialized(from: file.model, named: name, to: file.feeds)
    let session = try Session(read.model, backend: CPUBackend())
    let results = try session.run(session.graph.dataInputs.map { file.feeds[$0.name]! })
    #expect(results.count == file.expected.count)
    for (port, result) in zip(session.graph.dataOutputs, results) {
      expectClose(result, try #require(file.expected[port.name]), "\(name): \(port.name)")
    }
  }

  @Test("all seventy-three files are here")
  func count() { #expect(OperatorFile.names.count == 73) }

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
}

/// A file of `operators`.
struct OperatorFile {
  private static let folder = Bundle.module.resourceURL!
    .appendingPathComponent("Golden/operators")

  static let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
    .filter { $0.hasSuffix(".onnx") }.map { String($0.dropLast(5)) }.sorted()

  /// The bytes of the model, without the values.
  let model: Data
  let feeds: [String: TensorData]
  let expected: [String: TensorData]

  init(_ name: String) throws {
    let url = Self.folder.appendingPathComponent("\(name).onnx")
    var proto = try ONNXModelProto(file: Data(contentsOf: url))
    var external = ExternalData(directory: nil)
    var (feeds, expected): ([String: TensorData], [String: TensorData]) = ([:], [:])
    for tensor in proto.graph.initializer {
      let data = try TensorData(tensor, external: &external)
      if tensor.name.hasPrefix("expected:") {
        expected[String(tensor.name.dropFirst(9))] = data
      } else {
        feeds[tensor.name] = data
      }
    }
    proto.graph.initializer = []
    (model, self.feeds, self.expected) = (try proto.serialized(), feeds, expected)
  }
}
