import LeptonGraph
import LeptonOps
import LeptonValues

/// A graph cannot be read before the elements of some of its inputs, or trained tensors, are known: an extent, or
/// which operations there are, depends on them.
///
/// Shapes are always concrete here, so such a graph is read for particular elements (`ONNXImporter.specialized`): the
/// tensors that are named become constants, and the others stay inputs.
struct InputDependence: Error {
  /// Names of inputs, and of initializers that were taken for parameters.
  let sources: Set<String>
  /// What to tell where they are not known.
  let error: LeptonError

  /// What to tell where they are, and too much would have to be computed while the file is read.
  var tooLarge: LeptonError {
    LeptonError(
      error.kind,
      "a shape depends on what is computed from more elements than are worked out while a file is read",
      at: error.place, fix: "feed smaller inputs, or export the part before it on its own")
  }
}

extension Graph {
  /// The names of the ports from whose elements a value is computed.
  func inputs(behind value: Value) -> Set<String> {
    var behind: Set<Value> = [value]
    for node in nodes.reversed()
    where node.results.contains(where: behind.contains) && !(node.op is any TypeOp) {
      behind.formUnion(node.operands)
    }
    return Set(inputs.filter { behind.contains($0.value) }.map(\.name))
  }
}

extension LeptonError {
  /// The error at a node, with the inputs that would have to be known.
  func at(_ node: ONNXNodeProto, dependingOn sources: Set<String>) -> LeptonError {
    let names = sources.sorted().map { "'\($0)'" }.joined(separator: ", ")
    return LeptonError(
      kind, what, at: node.label,
      fix: names.isEmpty ? fix : "\(fix), or run it on elements of \(names): lepton infer --input")
  }
}
