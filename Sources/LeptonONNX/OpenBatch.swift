import LeptonGraph
import LeptonValues

/// Which extents of a graph's ports can stay open, so that a file takes any number of examples.
///
/// Found by trying: the graph is built for another batch size and written down again. Only if both
/// come out as the same nodes and constants does no operation depend on the size.
struct OpenBatch {
  /// By port and axis: `batch`, or the empty name for an extent that follows in another way.
  private(set) var ofInput: [String: [Int: String]] = [:]
  private(set) var ofOutput: [String: [Int: String]] = [:]

  init(_ graph: Graph, opset: Int) {
    let batched = graph.dataInputs.filter { graph.type(of: $0.value).shape.rank > 0 }
    let sizes = Set(batched.map { graph.type(of: $0.value).shape[0] })
    guard sizes.count == 1, !sizes.contains(0),
      let (a, b) = OpenBatch.probes(graph, batched, opset)
    else { return }
    for port in batched { ofInput[port.name] = [0: "batch"] }
    for (a, b) in zip(a, b) {
      let axes = a.type.shape.indices.filter { a.type.shape[$0] != b.type.shape[$0] }
      ofOutput[a.name] = Dictionary(
        uniqueKeysWithValues: axes.map { axis in
          let isBatch = (a.type.shape[axis], b.type.shape[axis]) == OpenBatch.sizes
          return (axis, isBatch ? "batch" : "")
        })
    }
  }

  /// Two batch sizes that occur as extents of real models rarely.
  private static let sizes = (5, 7)

  /// The outputs for both sizes; nil where the graph exists for its own size only.
  private static func probes(
    _ graph: Graph, _ inputs: [Graph.Port], _ opset: Int
  ) -> ([Output], [Output])? {
    guard let a = try? graph.with(batch: sizes.0, for: inputs),
      let b = try? graph.with(batch: sizes.1, for: inputs),
      let here = try? ONNXWriter(writing: graph, opset: opset),
      let first = try? ONNXWriter(writing: a, opset: opset),
      let second = try? ONNXWriter(writing: b, opset: opset), here.isSame(as: first),
      first.isSame(as: second)
    else { return nil }
    return (a.outputTypes, b.outputTypes)
  }

  typealias Output = (name: String, type: TensorType)
}

extension Graph {
  fileprivate func with(batch: Int, for ports: [Port]) throws -> Graph {
    try specialized(
      Dictionary(
        uniqueKeysWithValues: ports.map { port in
          var type = type(of: port.value)
          type.shape[0] = batch
          return (port.name, type)
        }))
  }

  fileprivate var outputTypes: [OpenBatch.Output] {
    dataOutputs.map { ($0.name, type(of: $0.value)) }
  }
}

extension ONNXWriter {
  /// Whether both wrote the same nodes and constants.
  fileprivate func isSame(as other: ONNXWriter) -> Bool {
    nodes.elementsEqual(other.nodes) {
      $0.opType == $1.opType && $0.inputs == $1.inputs && $0.outputs == $1.outputs
        && $0.attributes == $1.attributes
    } && initializers.elementsEqual(other.initializers) { $0.name == $1.name && $0.data == $1.data }
  }
}
