public import LeptonGraph
public import LeptonValues

/// An operation that treats every element alike. Operands broadcast as in NumPy.
///
/// A member states its scalar program and derivative; type rule, reference kernel, cost and the fused kernels of every
/// back end follow.
public protocol ElementwiseOp: Op {
  static var operandCount: Int { get }

  /// The element type of the result. The default asks for operands of one type and answers it.
  func resultDType(_ operands: [DType]) throws -> DType

  /// Writes the computation of one element.
  func emit(
    _ x: [ScalarProgram.Register], _ p: inout ScalarProgram
  ) -> ScalarProgram.Register

  /// The activation that a convolution or product can apply in its epilogue, if this is one.
  var activation: Activation? { get }
}

extension ElementwiseOp {
  public var activation: Activation? { nil }

  public func resultDType(_ operands: [DType]) throws -> DType {
    guard Set(operands).count == 1 else {
      throw LeptonError(
        .badInput,
        "\(name): operands have different types, \(operands.map(\.rawValue).joined(separator: " and "))",
        fix: "cast one of them")
    }
    return operands[0]
  }

  public func resultTypes(of operands: [TensorType]) throws -> [TensorType] {
    guard operands.count == Self.operandCount else {
      throw LeptonError(
        .badInput, "\(name) takes \(Self.operandCount) operands, \(operands.count) were given")
    }
    var shape = operands[0].shape
    for operand in operands.dropFirst() {
      guard let broadcast = shape.broadcast(with: operand.shape) else {
        throw LeptonError(
          .badInput, "\(name): shapes \(shape) and \(operand.shape) do not broadcast",
          fix: "extents must be equal or 1, counted from the last axis")
      }
      shape = broadcast
    }
    return [TensorType(try resultDType(operands.map(\.dtype)), shape)]
  }

  /// The program with one result.
  public var program: ScalarProgram {
    var p = ScalarProgram(operandCount: Self.operandCount)
    p.results = [emit(p.operands, &p)]
    return p
  }

  public func reference(
    _ operands: [TensorData], _ results: [TensorType]
  ) throws -> [TensorData] {
    evaluateElementwise(program, operands, results)
  }

  public func cost(_ operands: [TensorType], _ results: [TensorType]) -> Cost {
    Cost(
      flops: program.steps.count * results[0].shape.elementCount, operands, results)
  }
}

/// Runs a scalar program over broadcast operands in double precision.
package func evaluateElementwise(
  _ program: ScalarProgram, _ operands: [TensorData], _ results: [TensorType]
) -> [TensorData] {
  let shape = results[0].shape
  let sources = operands.map { (data: $0.doubles, index: BroadcastIndex($0.shape, to: shape)) }
  var outputs = results.map { _ in [Double](repeating: 0, count: shape.elementCount) }
  for element in 0..<shape.elementCount {
    let values = program.evaluate(sources.map { $0.data[$0.index[element]] })
    for (result, value) in values.enumerated() { outputs[result][element] = value }
  }
  return zip(outputs, results).map { TensorData($0, as: $1) }
}

/// Where the element of a broadcast operand lies, by row-major position in the result.
package struct BroadcastIndex {
  private let resultStrides: [Int]
  private let sourceStrides: [Int]
  private let isIdentity: Bool

  package init(_ source: Shape, to result: Shape) {
    let missing = result.rank - source.rank
    let strides = source.strides
    resultStrides = result.strides
    sourceStrides = (0..<result.rank).map { axis in
      axis < missing || source[axis - missing] == 1 ? 0 : strides[axis - missing]
    }
    isIdentity = source == result
  }

  package subscript(position: Int) -> Int {
    if isIdentity { return position }
    var rest = position
    var index = 0
    for axis in resultStrides.indices {
      let coordinate = rest / resultStrides[axis]
      rest -= coordinate * resultStrides[axis]
      index += coordinate * sourceStrides[axis]
    }
    return index
  }
}
