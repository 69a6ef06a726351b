import LeptonGraph
import LeptonOps
import LeptonValues

/// The derivative of a function of tensors, computed by the package's own reverse mode.
///
/// ```swift
/// let x: Tensor = [1, 2, 3]
/// print(gradient(at: x) { ($0 * $0).sum() })  // [2. 4. 6.]
/// ```
///
/// The function must answer a scalar of floating-point type.
public func gradient(
  at point: Tensor, file: StaticString = #fileID, line: UInt = #line,
  of function: (Tensor) -> Tensor
) -> Tensor {
  valueWithGradient(at: [point], file: file, line: line) { function($0[0]) }.gradient[0]
}

/// The value of a function of several tensors, and its derivative with respect to each; zeros for one
/// that has no influence.
public func valueWithGradient(
  at point: [Tensor], file: StaticString = #fileID, line: UInt = #line,
  of function: ([Tensor]) -> Tensor
) -> (value: Tensor, gradient: [Tensor]) {
  do {
    return try Trace.valueWithGradient(at: point, function)
  } catch {
    fatalError("\(error)", file: file, line: line)
  }
}

extension Trace {
  fileprivate static func valueWithGradient(
    at point: [Tensor], _ function: ([Tensor]) -> Tensor
  ) throws -> (value: Tensor, gradient: [Tensor]) {
    var trace = Trace(name: "gradient", constants: .asInputs)
    let inputs = point.enumerated().map { trace.input("x\($0.offset)", $0.element.type) }
    let result = $isActive.withValue(true) { function(inputs) }
    guard result.rank == 0, result.dtype.isFloatingPoint else {
      throw LeptonError(
        .badInput,
        "a gradient needs a scalar of floating-point type, the function gives \(result.type)",
        fix: "sum or average the result")
    }
    try trace.output("value", result)
    let graph = try trace.graph.withGradients(of: 0, withRespectTo: point.count)
    let results = try Tensor.run(graph, point.map(\.data) + trace.feeds)
    return (Tensor(results[0]), results.dropFirst().map { Tensor($0) })
  }
}

extension Graph {
  /// With the derivatives of output `index` by the first `count` inputs as further outputs.
  fileprivate func withGradients(of index: Int, withRespectTo count: Int) throws -> Graph {
    let target = outputs[index].value
    let sources = inputs.prefix(count).map(\.value)
    var b = GraphBuilder(continuing: self)
    let seed = try b.scalar(1, like: target)
    let gradients = try b.gradients(of: [(target, seed)], withRespectTo: sources)
    for (position, gradient) in gradients.enumerated() {
      let zeros = TensorData(zeros: b.type(of: sources[position]))
      b.output("gradient\(position)", try gradient ?? b.constant(zeros))
    }
    return b.graph
  }
}
