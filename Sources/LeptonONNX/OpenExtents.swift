import LeptonGraph
import LeptonOps
import LeptonValues

/// Which extents of a graph's ports can stay open, so that a file takes any number of examples, and whatever else the model
/// left open where it came from.
///
/// Found by trying: the graph is built for other sizes and written down again; all must come out as the same nodes and
/// constants. That the graph itself does not stand for one size only, its importer has found out.
struct OpenExtents {
  /// By port and axis: the symbol, or the empty name for an extent that follows in another way.
  private(set) var ofInput = Axes()
  private(set) var ofOutput = Axes()

  typealias Axes = [String: [Int: String]]

  /// - Parameter others: axes beside the first that may be open, by input.
  init(_ graph: Graph, others: Axes, hasFixedBatch: Bool, opset: Int) {
    let examples = hasFixedBatch ? [:] : graph.axesOfExamples
    let all = examples.merging(others) { $0.merging($1) { example, _ in example } }
    let attempts = [all, examples, others].filter { !$0.isEmpty }.flatMap { axes in
      ProbeSizes.units.map { (axes, ProbeSizes(axes.values.flatMap(\.values), unit: $0)) }
    }
    for (axes, sizes) in attempts {
      guard let (a, b) = Self.outputs(graph, axes, sizes, opset) else { continue }
      ofInput = axes
      for (a, b) in zip(a, b) {
        let open = a.type.shape.indices.filter { a.type.shape[$0] != b.type.shape[$0] }
        ofOutput[a.name] = Dictionary(
          uniqueKeysWithValues: open.map {
            ($0, sizes.symbol(of: (a.type.shape[$0], b.type.shape[$0])) ?? "")
          })
      }
      return
    }
  }

  /// The outputs for both sizes; nil where the graph exists for its own size only.
  private static func outputs(
    _ graph: Graph, _ axes: Axes, _ sizes: ProbeSizes, _ opset: Int
  ) -> ([Output], [Output])? {
    guard let a = try? graph.with(sizes.first, for: axes),
      let b = try? graph.with(sizes.second, for: axes),
      let here = try? ONNXWriter(writing: graph, opset: opset),
      let first = try? ONNXWriter(writing: a, opset: opset),
      let second = try? ONNXWriter(writing: b, opset: opset),
      here.isSame(as: first), first.isSame(as: second)
    else { return nil }
    return (a.outputTypes, b.outputTypes)
  }

  typealias Output = (name: String, type: TensorType)
}

extension Graph {
  /// The first axis of all data inputs that have one, if its extent is the same in all.
  fileprivate var axesOfExamples: OpenExtents.Axes {
    let batched = dataInputs.filter { type(of: $0.value).shape.rank > 0 }
    let sizes = Set(batched.map { type(of: $0.value).shape[0] })
    guard sizes.count == 1, !sizes.contains(0) else { return [:] }
    return Dictionary(uniqueKeysWithValues: batched.map { ($0.name, [0: ProbeSizes.examples]) })
  }

  fileprivate func with(_ sizes: [String: Int], for axes: OpenExtents.Axes) throws -> Graph {
    var types: [String: TensorType] = [:]
    for port in dataInputs {
      guard let open = axes[port.name] else { continue }
      var type = type(of: port.value)
      for (axis, symbol) in open where axis < type.shape.rank { type.shape[axis] = sizes[symbol]! }
      types[port.name] = type
    }
    return try specialized(types)
  }

  fileprivate var outputTypes: [OpenExtents.Output] {
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
