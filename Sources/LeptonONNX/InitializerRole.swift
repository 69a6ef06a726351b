import LeptonGraph
import LeptonValues

/// What becomes of an initializer: ONNX says which values a file holds, not which were trained.
enum InitializerRole: String, Codable {
  /// A port with trained elements.
  case parameter
  /// A port with elements that are carried along.
  case state
  /// Known elements: extents, axes, quantisation steps, quantised weights, literals.
  case constant

  /// The role of each of `tensors`, told by how the nodes read it.
  ///
  /// Statistics of a batch normalisation are state. Floating-point tensors with at least one axis
  /// are parameters where some operand reads them that is not a setting; all others are constants.
  static func roles(
    of tensors: [String: TensorData], readBy nodes: [ONNXNodeProto]
  ) -> [String: InitializerRole] {
    var roles = tensors.mapValues { _ in InitializerRole.constant }
    for node in nodes {
      for (position, name) in node.input.enumerated() {
        guard let tensor = tensors[name], tensor.dtype.isFloatingPoint else { continue }
        if node.opType == "BatchNormalization", position >= 3 {
          roles[name] = .state
        } else if tensor.shape.rank > 0, roles[name] == .constant,
          settings[node.opType]?.contains(position) != true
        {
          roles[name] = .parameter
        }
      }
    }
    return roles
  }

  /// Operand positions that set an operation up, by op type.
  private static let settings: [String: ClosedRange<Int>] = [
    "Clip": 1...2, "DequantizeLinear": 1...2, "Dropout": 1...2, "OneHot": 1...2, "Pad": 1...3,
    "NonMaxSuppression": 0...4, "NonZero": 0...0, "Pow": 1...1, "QuantizeLinear": 1...2,
    "Range": 0...2, "Resize": 1...3, "Unique": 0...0,
    "Upsample": 1...1,
    "Equal": 0...1, "Less": 0...1, "LessOrEqual": 0...1, "Greater": 0...1, "GreaterOrEqual": 0...1,
  ]
}

/// The roles as a file of this package states them, because no heuristic can know them all.
struct StatedRoles: Codable {
  var parameter: [String]
  var state: [String]

  static let key = "lepton.roles"

  /// The stated roles of `tensors`; whatever is not named is a constant.
  func roles(of tensors: [String: TensorData]) -> [String: InitializerRole] {
    var roles = tensors.mapValues { _ in InitializerRole.constant }
    for name in parameter where tensors[name] != nil { roles[name] = .parameter }
    for name in state where tensors[name] != nil { roles[name] = .state }
    return roles
  }
}
