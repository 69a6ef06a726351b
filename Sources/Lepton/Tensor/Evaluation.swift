import LeptonCPU
import LeptonCompiler
import LeptonGraph
public import LeptonRuntime
public import LeptonValues

extension Tensor {
  /// What tensors are computed with; `Tensor.$backend.withValue(...)` changes it for a task.
  @TaskLocal public static var backend: any Backend = CPUBackend()

  /// The elements. Computes what is still to be computed, once.
  public var data: TensorData {
    Tensor.evaluate([self])
    switch expression.source {
    case .constant(let results): return results[index]
    case .parameter(let storage): return storage.eagerData
    case .placeholder, .application, .failure:
      fatalError("an input of a module has elements only when its model runs")
    }
  }

  /// Computes several tensors together, sharing what they have in common.
  public static func evaluate(_ tensors: [Tensor]) {
    let pending = tensors.map(\.expression).filter { !$0.isSettled }
    guard !pending.isEmpty else { return }
    do {
      var trace = Trace(name: "tensor", constants: .asInputs)
      for (position, expression) in pending.enumerated() {
        for index in expression.types.indices {
          try trace.output("\(position).\(index)", Tensor(expression, index))
        }
      }
      var results = try run(trace.graph, trace.feeds)[...]
      for expression in pending {
        expression.settle(Array(results.prefix(expression.types.count)))
        results.removeFirst(expression.types.count)
      }
    } catch {
      fatalError("\(error)")
    }
  }

  /// The one door between tensors and back ends.
  static func run(_ graph: Graph, _ inputs: [TensorData]) throws -> [TensorData] {
    try Session(Model(graph: graph, weights: [:]), backend: backend).run(inputs)
  }
}

extension Expression {
  /// Whether nothing is left to compute.
  var isSettled: Bool {
    switch source {
    case .constant, .parameter, .placeholder: true
    case .application, .failure: false
    }
  }
}
