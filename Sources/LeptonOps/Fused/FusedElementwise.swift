public import LeptonGraph
public import LeptonValues

/// A chain of elementwise operations run in one pass over memory: what fusion makes of a region of a graph.
///
/// All results have the shape to which the operands broadcast.
public struct FusedElementwise: Op {
  public static let name = "fused"

  public var program: ScalarProgram
  /// The element type of each result.
  public var dtypes: [DType]

  public init(program: ScalarProgram, dtypes: [DType]) {
    self.program = program
    self.dtypes = dtypes
  }

  public func resultTypes(of operands: [TensorType]) throws -> [TensorType] {
    guard operands.count == program.operandCount, dtypes.count == program.results.count else {
      throw LeptonError(
        .badInput,
        "fused: the program takes \(program.operandCount) operands and makes "
          + "\(program.results.count) results, \(operands.count) and \(dtypes.count) were given")
    }
    var shape: Shape = []
    for operand in operands {
      guard let broadcast = shape.broadcast(with: operand.shape) else {
        throw LeptonError(
          .badInput, "fused: shapes \(shape) and \(operand.shape) do not broadcast")
      }
      shape = broadcast
    }
    return dtypes.map { TensorType($0, shape) }
  }

  public func pullback(
    _ node: Node, _ gradients: [Value?], _ b: inout GraphBuilder
  ) throws -> [Value?] {
    throw LeptonError(
      .defect, "fused: a compiled region has no derivative", fix: "differentiate before fusing")
  }

  public func reference(
    _ operands: [TensorData], _ results: [TensorType]
  ) throws -> [TensorData] {
    evaluateElementwise(program, operands, results)
  }

  public func cost(_ operands: [TensorType], _ results: [TensorType]) -> Cost {
    Cost(flops: program.steps.count * results[0].shape.elementCount, operands, results)
  }

  /// `(a + b)` clipped at zero, and its square.
  public static let samples: [Sample] = {
    var p = ScalarProgram(operandCount: 2)
    let sum = p.step(.add, p.operands[0], p.operands[1])
    let clipped = p.step(.relu, sum)
    p.results = [clipped, p.step(.multiply, clipped, clipped)]
    let op = FusedElementwise(program: p, dtypes: [.f32, .f32])
    return [
      Sample(op, [.normal([3, 5]), .normal([5])], differentiable: false, onnx: false),
      Sample(
        op, [.normal([2, 16, 3, 3]), .normal([16, 1, 1])], differentiable: false, onnx: false),
    ]
  }()
}
