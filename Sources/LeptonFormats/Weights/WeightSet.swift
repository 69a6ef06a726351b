public import LeptonValues

/// Named tensors as a file of weights holds them, without the graph that they are for.
public struct WeightSet: Sendable, Hashable {
  public var tensors: [String: TensorData]
  /// Text that the file keeps beside them.
  public var metadata: [String: String]
  /// The types of the file that memory has no type for, by tensor: `["embed.weight": "F16"]`.
  public var widened: [String: String] = [:]
  /// What else the file holds, and is left out.
  public var omitted: [String] = []

  public init(_ tensors: [String: TensorData], metadata: [String: String] = [:]) {
    self.tensors = tensors
    self.metadata = metadata
  }

  /// Elements of all tensors together.
  public var elementCount: Int { tensors.values.reduce(0) { $0 + $1.elementCount } }
}
