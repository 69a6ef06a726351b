public import LeptonGraph
import LeptonValues

/// Weights of a file beside those that a model asks for: what fits, and what does not.
public struct WeightMatch: Sendable {
  /// Tensors of the model that the file has in the right shape.
  public private(set) var found: [String] = []
  /// Tensors of the model that the file has not.
  public private(set) var missing: [String] = []
  /// Tensors of the file that the model has not.
  public private(set) var unexpected: [String] = []
  /// Tensors whose shapes differ, as text: `fc.weight: f32[10, 64] in the model, f32[100, 64] in the file`.
  public private(set) var misshapen: [String] = []

  public init(_ weights: WeightSet, for model: Model) {
    let wanted = Set(model.graph.residents.map(\.name))
    for port in model.graph.residents.sorted(by: { $0.name < $1.name }) {
      let type = model.graph.type(of: port.value)
      guard let tensor = weights.tensors[port.name] else {
        missing.append(port.name)
        continue
      }
      if tensor.shape == type.shape {
        found.append(port.name)
      } else {
        misshapen.append("\(port.name): \(type) in the model, \(tensor.type) in the file")
      }
    }
    // PyTorch's normalisations count batches, which changes nothing that they compute.
    unexpected = weights.tensors.keys.filter {
      !wanted.contains($0) && !$0.hasSuffix("num_batches_tracked")
    }.sorted()
  }

  /// Whether every tensor of either has its counterpart.
  public var isComplete: Bool { missing.isEmpty && unexpected.isEmpty && misshapen.isEmpty }

  /// Every tensor that does not fit, by name: one sentence for each way not to fit.
  public var complaints: [String] {
    [
      ("missing in the file", missing), ("not in the model", unexpected),
      ("of another shape", misshapen),
    ]
    .filter { !$0.1.isEmpty }
    .map { "\($0.1.count) \($0.0): \($0.1.joined(separator: ", "))" }
  }
}

extension Model {
  /// The same model with the weights of a file, whose tensors have the names and shapes of its own.
  ///
  /// - Parameter partial: take what fits, and leave the rest as it is.
  /// - Throws: `LeptonError` of kind `badInput` that names every missing, unexpected and misshapen tensor.
  public func loading(_ weights: WeightSet, partial: Bool = false) throws -> Model {
    let match = WeightMatch(weights, for: self)
    guard partial || match.isComplete else {
      throw LeptonError(
        .badInput, match.complaints.joined(separator: "; "),
        fix: "rename the tensors, or take what fits with --partial")
    }
    guard !match.found.isEmpty else {
      throw LeptonError(
        .badInput, "no tensor of the file has a name and shape of the model's",
        fix: "the model's are \(graph.residents.prefix(4).map(\.name).joined(separator: ", ")), ..."
      )
    }
    var model = self
    for port in graph.residents where match.found.contains(port.name) {
      model.weights[port.name] = weights.tensors[port.name]!.converted(
        to: graph.type(of: port.value).dtype)
    }
    return model
  }
}
