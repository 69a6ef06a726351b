import LeptonGraph
import LeptonONNX
import LeptonValues
import Testing

/// What a node asks for and is not supported, or makes no sense, is refused by name before anything is computed.
@Suite("Operators of ONNX that are refused")
struct OperatorRefusalTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let opType: String
    let shapes: [[Int]]
    let attributes: [String: ONNXAttribute]
    /// What the error must say.
    let says: String
    var opset = 25

    init(
      _ opType: String, _ shapes: [[Int]], _ attributes: [String: ONNXAttribute], says: String,
      opset: Int = 25
    ) {
      (self.opType, self.shapes, self.attributes) = (opType, shapes, attributes)
      (self.says, self.opset) = (says, opset)
    }

    var testDescription: String { "\(opType): \(says)" }
  }

  @Test("is refused with what is wrong", arguments: cases)
  func refuses(test: Case) throws {
    let file = ONNXModelProto.fixture {
      $0.opsetImport[0].version = Int64(test.opset)
      $0.graph.initializer = []
      let names = test.shapes.indices.map { "x\($0)" }
      $0.graph.input = zip(names, test.shapes).map { .tensor($0, dims: $1.map(String.init)) }
      $0.graph.node = [.make(test.opType, names, ["y"], test.attributes)]
      $0.graph.output = [.tensor("y", dims: [])]
    }
    let error = try #require(throws: LeptonError.self) { try file.imported() }
    #expect(error.kind == .badInput)
    #expect(error.description.contains(test.opType), "\(error)")
    #expect(error.description.contains(test.says), "\(error)")
  }

  private static let heads = [[1, 4, 3, 8], [1, 2, 5, 8], [1, 2, 5, 8]]
  private static let recurrent = [[5, 2, 3], [1, 16, 3], [1, 16, 4]]

  static let cases: [Case] = [
    Case("Attention", heads, ["rope": .int(1)], says: "attribute 'rope' is not supported"),
    Case(
      "Attention", heads, ["left_window_size": .int(2)], says: "'left_window_size'", opset: 24),
    Case("Attention", heads, ["left_window_size": .int(-2)], says: "left_window_size -2"),
    Case("Attention", heads, ["qk_matmul_output_mode": .int(4)], says: "qk_matmul_output_mode 4"),
    Case("Attention", heads, ["softmax_precision": .int(7)], says: "softmax_precision 7"),
    Case("Attention", [[1, 3, 3, 8], heads[1], heads[2]], [:], says: "3 query heads"),
    Case(
      "Attention", [[1, 3, 24], [1, 5, 24], [1, 5, 24]], [:], says: "q_num_heads is missing"),
    Case(
      "Attention", [[1, 3, 24], [1, 5, 24], [1, 5, 24]],
      ["q_num_heads": .int(0), "kv_num_heads": .int(0)], says: "0 query heads"),
    Case("Attention", heads + [[3, 4, 5, 6, 7]], [:], says: "mask"),
    Case("Attention", heads + [[3, 9]], [:], says: "mask"),
    Case(
      "LinearAttention", [[1, 2, 8], [1, 2, 8], [1, 2, 8]],
      ["q_num_heads": .int(2), "kv_num_heads": .int(2)], says: "decay and beta"),
    Case(
      "LinearAttention", [[1, 2000, 8], [1, 2000, 8], [1, 2000, 8]],
      ["q_num_heads": .int(2), "kv_num_heads": .int(2), "update_rule": .string("linear")],
      says: "2000 steps"),
    Case("RotaryEmbedding", [[1, 2, 3, 7], [1, 3, 3], [1, 3, 3]], [:], says: "7 of 7 features"),
    Case("CausalConvWithState", [[1, 4, 3], [3, 1, 2]], [:], says: "[3, 1, 2]"),
    Case("GroupNormalization", [[1, 6, 2], [6], [6]], ["num_groups": .int(0)], says: "0 groups"),
    Case("GroupNormalization", [[1, 6, 2], [3], [3]], ["num_groups": .int(3)], says: "[6]"),
    Case(
      "LayerNormalization", [[2, 4], [4]], ["stash_type": .int(11)], says: "stash_type 1"),
    Case("MeanVarianceNormalization", [[2, 3]], [:], says: "no axis 2"),
    Case("LRN", [[1, 3, 2, 2]], ["size": .int(0)], says: "0 channels"),
    Case(
      "BatchNormalization", [[2, 3], [3], [3], [3], [3]], ["spatial": .int(0)], says: "spatial",
      opset: 8),
    Case("Einsum", [[2, 3], [3, 4]], ["equation": .string("ij,jk,kl")], says: "3 terms"),
    Case("Einsum", [[2, 3], [4, 4]], ["equation": .string("ij,jk->ik")], says: "3 and 4"),
    Case("Einsum", [[2, 3]], ["equation": .string("ij->ijk")], says: "the result names"),
    Case("Einsum", [[2, 3]], ["equation": .string("i1->i")], says: "'i1' is no term"),
    Case("Einsum", [[2, 3]], [:], says: "equation is missing"),
    Case("LSTM", recurrent, ["clip": .float(-1)], says: "clip -1"),
    Case("LSTM", recurrent, ["layout": .int(2)], says: "layout 2"),
    Case("LSTM", recurrent, ["activations": .string("Sigmoid,Cube,Tanh")], says: "'cube'"),
    Case("LSTM", recurrent, ["activations": .string("Tanh")], says: "1 activations"),
    Case("LSTM", recurrent, ["activation_alpha": .floats([1])], says: "so many numbers"),
    Case("LSTM", recurrent, ["direction": .string("bidirectional")], says: "direction"),
    Case("RNN", [[2000, 1, 3], [1, 4, 3], [1, 4, 4]], [:], says: "2000 steps"),
    Case("DFT", [[4, 3]], ["onesided": .int(1)], says: "1 part or 2", opset: 25),
    Case("STFT", [[1, 8, 1], [1]], [:], says: "constant"),
    Case("TensorScatter", [[2, 3, 4], [2, 5, 4]], [:], says: "[2, 5, 4]"),
    Case("TensorScatter", [[2, 3, 4], [1, 3, 4]], ["axis": .int(0)], says: "axis 0"),
    Case("Det", [[2, 3]], [:], says: "square"),
    Case("SwiGLU", [[2, 3], [3]], [:], says: "[3]", opset: 28),
    Case(
      "SoftmaxCrossEntropyLoss", [[2, 3], [2]], [:], says: "class numbers"),
    Case("Hardmax", [[2, 3]], ["axis": .int(2)], says: "no axis 2"),
  ]
}
