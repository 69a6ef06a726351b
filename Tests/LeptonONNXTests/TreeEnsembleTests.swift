import LeptonGraph
import LeptonONNX
import LeptonValues
import Testing

/// Decision trees of `ai.onnx.ml`.
@Suite("Trees")
struct TreeEnsembleTests {
  /// x0 <= 1 ? (x1 > 2 ? 10 : 20) : 30, and x1 < 0 ? 1 : 2 for another target.
  private static func forest(_ change: (inout [String: ONNXAttribute]) -> Void = { _ in })
    -> OneNode
  {
    var attributes: [String: ONNXAttribute] = [
      "n_targets": .int(2), "tree_roots": .ints([0, 2]),
      "nodes_featureids": .ints([0, 1, 1]),
      "nodes_modes": .tensor(TensorData([0, 3, 1] as [UInt8], shape: [3])),
      "nodes_splits": .tensor(TensorData([1, 2, 0] as [Float], shape: [3])),
      "nodes_truenodeids": .ints([1, 0, 3]), "nodes_trueleafs": .ints([0, 1, 1]),
      "nodes_falsenodeids": .ints([2, 1, 4]), "nodes_falseleafs": .ints([1, 1, 1]),
      "leaf_targetids": .ints([0, 0, 0, 1, 1]),
      "leaf_weights": .tensor(TensorData([10, 20, 30, 1, 2] as [Float], shape: [5])),
    ]
    change(&attributes)
    let table = OneNode.floats([0, 3, 1, 2, 2, -1, .nan, 5], [4, 2])
    return OneNode(
      opType: "TreeEnsemble", x: table, attributes: attributes, domain: "ai.onnx.ml")
  }

  @Test("add what their leaves hold, targets apart")
  func sums() throws {
    let (reference, cpu) = try Self.forest().run()
    #expect(reference[0].floats == [10, 2, 20, 2, 30, 1, 30, 2])
    #expect(cpu[0].floats == reference[0].floats)
  }

  @Test("may take a missing number for yes")
  func missing() throws {
    let node = Self.forest { $0["nodes_missing_value_tracks_true"] = .ints([1, 0, 0]) }
    #expect(try node.run().cpu[0].floats.suffix(2) == [10, 2])
  }

  @Test(
    "that are no trees are refused",
    arguments: [
      ["nodes_truenodeids": .ints([0, 0, 3])], ["nodes_falsenodeids": .ints([9, 1, 4])],
      ["nodes_featureids": .ints([0, 1, 2])], ["leaf_targetids": .ints([0, 0, 0, 1, 2])],
      ["tree_roots": .ints([3])], ["aggregate_function": .int(2)], ["post_transform": .int(1)],
      ["nodes_modes": .tensor(TensorData([0, 6, 1] as [UInt8], shape: [3]))],
      ["leaf_weights": .floats([1])], ["n_targets": .int(-1)],
    ] as [[String: ONNXAttribute]])
  func refused(_ changes: [String: ONNXAttribute]) {
    let node = Self.forest { $0.merge(changes) { $1 } }
    #expect(throws: LeptonError.self) { try node.model() }
  }
}
