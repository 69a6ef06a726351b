import LeptonGraph
import LeptonOps
import LeptonValues

/// Writes what tensors depend on into a graph.
struct Trace {
  /// What becomes of elements that are known.
  enum Constants {
    /// Nodes of the graph: they belong to the model.
    case asNodes
    /// Fed: the graph runs once, and serves others of its shape.
    case asInputs
  }

  /// Whether a module is being traced: mistakes are then thrown at the end.
  @TaskLocal static var isActive = false

  private var builder: GraphBuilder
  private let constants: Constants
  /// The place in the module of each parameter and container that reflection found.
  private let paths: ModulePaths
  private var values: [Expression: [Value]] = [:]
  private var scopes: [Expression: String] = [:]
  /// The elements of the inputs that stand for constants, in order.
  private(set) var feeds: [TensorData] = []
  /// The parameters that the graph reads, by path.
  private(set) var parameters: [(path: String, storage: Parameter.Storage)] = []

  init(name: String, constants: Constants, paths: ModulePaths = ModulePaths()) {
    builder = GraphBuilder(name: name)
    self.constants = constants
    self.paths = paths
  }

  /// A module with its parameters as inputs of the graph.
  init(
    _ module: Any, inputs: [(name: String, type: TensorType)], name: String,
    _ call: ([Tensor]) -> [(name: String, tensor: Tensor)]
  ) throws {
    self.init(name: name, constants: .asNodes, paths: ModulePaths(reflecting: module))
    var placeholders: [Tensor] = []
    for (name, type) in inputs { placeholders.append(input(name, type)) }
    let outputs = Trace.$isActive.withValue(true) { call(placeholders) }
    declareParameters(usedBy: outputs.map(\.tensor))
    for (name, tensor) in outputs { try output(name, tensor) }
  }

  var graph: Graph { builder.graph }

  /// A data input of the graph, as a tensor to call modules with.
  mutating func input(_ name: String, _ type: TensorType) -> Tensor {
    let expression = Expression(.placeholder, [type])
    values[expression] = [builder.input(name, type)]
    return Tensor(expression)
  }

  /// Parameters become inputs in the order of their declaration, whatever the order of their use.
  private mutating func declareParameters(usedBy tensors: [Tensor]) {
    let used = Expression.topologicalOrder(tensors.map(\.expression))
    var expressions: [ObjectIdentifier: Expression] = [:]
    for expression in used {
      if case .parameter(let storage) = expression.source {
        expressions[ObjectIdentifier(storage)] = expression
      }
    }
    for (path, storage) in paths.parameters {
      guard let expression = expressions[ObjectIdentifier(storage)] else { continue }
      values[expression] = [builder.input(path, storage.type, role: storage.role)]
      parameters.append((path, storage))
    }
  }

  mutating func output(_ name: String, _ tensor: Tensor) throws {
    let order = Expression.topologicalOrder([tensor.expression]) { values[$0] != nil }
    for expression in order where values[expression] == nil { try write(expression) }
    builder.output(name, values[tensor.expression]![tensor.index])
  }

  private mutating func write(_ expression: Expression) throws {
    switch expression.source {
    case .constant(let data): values[expression] = try data.map { try constant($0) }
    case .parameter(let storage):
      guard constants == .asInputs else {
        throw LeptonError(
          .badInput, "a parameter \(storage.type) is not a stored property of the module",
          fix: "make layers in the initialiser, not where they are called")
      }
      values[expression] = [try constant(storage.eagerData)]
    case .placeholder:
      throw LeptonError(.badInput, "a tensor of another module's trace is used here")
    case .failure(let error, let operands):
      let scope = scope(of: expression, operands)
      throw scope.isEmpty ? error : error.within(scope)
    case .application(let op, let operands):
      let scope = scope(of: expression, operands)
      scopes[expression] = scope
      values[expression] = try builder.add(
        op, operands.map { values[$0.expression]![$0.index] }, name: scope)
    }
  }

  private mutating func constant(_ data: TensorData) throws -> Value {
    switch constants {
    case .asNodes: return try builder.add(one: Constant(data))
    case .asInputs:
      feeds.append(data)
      return builder.input("c\(feeds.count)", data.type)
    }
  }

  /// The module path of a node: the owner of a parameter that it reads, else the child of the
  /// container that was being called, else the place of the first operand.
  private func scope(of expression: Expression, _ operands: [Tensor]) -> String {
    for operand in operands {
      if case .parameter(let storage) = operand.expression.source,
        let owner = paths.owner(of: storage)
      {
        return owner
      }
    }
    if let scope = expression.scope, let container = paths.path(of: scope.container) {
      return ModulePaths.join(container, scope.child)
    }
    return operands.lazy.compactMap { scopes[$0.expression] }.first ?? ""
  }
}
