public import LeptonGraph
public import LeptonValues
import Synchronization

/// A tensor of trained weights (or of state) inside a layer.
///
/// It has a type and a way to start; its elements belong to the `Model` that `Module.model` makes,
/// under the path of the property that holds it. Copies of a layer share their parameters: using
/// one twice ties the weights.
public struct Parameter: Sendable {
  /// The parameter as an operand.
  public let tensor: Tensor
  let storage: Storage

  /// - Parameter role: `.parameter` for what training changes by gradient, `.state` for running
  ///   statistics.
  public init(
    _ shape: Shape, _ initializer: Initializer, dtype: DType = .f32,
    role: Graph.Role = .parameter
  ) {
    let type = TensorType(dtype, shape)
    storage = Storage(type, initializer, role)
    tensor = Tensor(Expression(.parameter(storage), [type]))
  }

  public var type: TensorType { storage.type }
  public var shape: Shape { storage.type.shape }

  /// What a parameter is, shared by its copies.
  final class Storage: Sendable {
    let type: TensorType
    let initializer: Initializer
    let role: Graph.Role
    private let ordinal = Storage.count.wrappingAdd(1, ordering: .relaxed).newValue

    private static let count = Atomic<Int>(0)

    init(_ type: TensorType, _ initializer: Initializer, _ role: Graph.Role) {
      self.type = type
      self.initializer = initializer
      self.role = role
    }

    /// The elements where a module is called on tensors directly, without a model. The ordinal
    /// tells parameters apart that have no path yet.
    var eagerData: TensorData {
      initializer.elements(type, seed: 0, path: "parameter.\(ordinal)")
    }
  }
}
