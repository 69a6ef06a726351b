import Foundation
import LeptonGraph
import LeptonOps
import LeptonValues
import Testing

/// What PyTorch 2 computed in f64, by its first elements, sum and sum of squares: enough to tell any
/// element apart. Inputs are `sine` waves, so that no file is needed to repeat it.
struct Golden {
  let shape: Shape
  let head: [Double]
  let sum: Double
  let squares: Double

  init(_ shape: Shape, _ head: [Double], sum: Double, squares: Double) {
    self.shape = shape
    self.head = head
    self.sum = sum
    self.squares = squares
  }

  func matches(_ data: TensorData, within tolerance: Double = 1e-7) -> Bool {
    let values = data.doubles
    let pairs =
      Array(zip(values, head)) + [(values.reduce(0, +), sum)]
      + [(values.reduce(0) { $0 + $1 * $1 }, squares)]
    return data.shape == shape && pairs.allSatisfy { abs($0 - $1) <= tolerance * max(1, abs($1)) }
  }
}

/// `sin(i * step + phase)` for element i.
func sine(_ shape: Shape, _ step: Double = 0.37, _ phase: Double = 0) -> TensorData {
  TensorData(
    (0..<shape.elementCount).map { sin(Double($0) * step + phase) }, as: TensorType(.f64, shape))
}

/// A graph of one operation over `operands`.
func application(_ op: any Op, _ operands: [TensorData]) throws -> Graph {
  var b = GraphBuilder(name: op.name)
  let inputs = operands.enumerated().map { b.input("\($0)", $1.type) }
  for (index, result) in try b.add(op, inputs).enumerated() { b.output("\(index)", result) }
  return b.graph
}

/// The results of `op`, and the gradients of its operands with `seed` flowing into the first result.
func applied(
  _ op: any Op, _ operands: [TensorData], seed: (Double, Double)? = nil
) throws -> (results: [TensorData], gradients: [TensorData]) {
  let graph = try application(op, operands)
  let results = try graph.evaluate(operands)
  guard let (step, phase) = seed else { return (results, []) }
  let seeds = [sine(results[0].shape, step, phase)]
  var b = GraphBuilder(continuing: graph)
  b.removeOutputs()
  let seedValue = b.input("seed", seeds[0].type)
  let gradients = try b.gradients(
    of: [(graph.outputs[0].value, seedValue)], withRespectTo: graph.inputs.map(\.value))
  for (index, gradient) in gradients.enumerated() { b.output("\(index)", try #require(gradient)) }
  return (results, try b.graph.evaluate(operands + seeds))
}
