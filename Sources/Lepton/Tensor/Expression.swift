import LeptonGraph
import LeptonValues
import Synchronization

/// One application in the graph of what tensors have been asked to become. Shared by the tensors
/// that depend on it; computed at most once.
final class Expression: Sendable {
  enum Source: Sendable {
    case constant([TensorData])
    case parameter(Parameter.Storage)
    /// An input of a module that is being traced.
    case placeholder
    case application(any Op, [Tensor])
    /// A mistake made while tracing; told by whoever asks for the trace.
    case failure(LeptonError, [Tensor])
  }

  let types: [TensorType]
  /// The container that was calling when this was made.
  let scope: Scope?
  private let state: Mutex<Source>

  init(_ source: Source, _ types: [TensorType]) {
    self.types = types
    scope = Scope.current
    state = Mutex(source)
  }

  var source: Source { state.withLock { $0 } }

  /// Keeps the computed results, and lets go of what they were computed from.
  func settle(_ results: [TensorData]) {
    state.withLock { source in
      if case .application = source { source = .constant(results) }
    }
  }

  var operands: [Expression] {
    switch source {
    case .constant, .parameter, .placeholder: []
    case .application(_, let operands), .failure(_, let operands): operands.map(\.expression)
    }
  }
}

extension Expression: Hashable {
  static func == (a: Expression, b: Expression) -> Bool { a === b }
  func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

extension Expression {
  /// Everything that `roots` depend on, operands before what uses them; leaves out what is below
  /// `isLeaf`.
  static func topologicalOrder(
    _ roots: [Expression], isLeaf: (Expression) -> Bool = { _ in false }
  ) -> [Expression] {
    var order: [Expression] = []
    var seen: Set<Expression> = []
    // Depth first without recursion: chains may be long.
    var stack = roots.reversed().map { (expression: $0, isExpanded: false) }
    while let (expression, isExpanded) = stack.popLast() {
      if isExpanded {
        order.append(expression)
      } else if seen.insert(expression).inserted {
        stack.append((expression, true))
        guard !isLeaf(expression) else { continue }
        for operand in expression.operands.reversed() where !seen.contains(operand) {
          stack.append((operand, false))
        }
      }
    }
    return order
  }
}
