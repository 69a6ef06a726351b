public import LeptonGraph
public import LeptonValues

/// An operation that treats every element alike. Operands broadcast as in NumPy.
///
/// A member states its scalar program; type rule, derivative, reference kernel, cost and the fused
/// kernels of every back end follow. `UnaryOp`, `BinaryOp` and `ComparisonOp` make members shorter
/// still.
public protocol ElementwiseOp: Op {
  static var operandCount: Int { get }

  /// The element types that the operands may have. Floating point unless a member says otherwise.
  static var accepts: ElementKind { get }

  /// The element type of the result. The default asks for operands of one type and answers it.
  func resultDType(_ operands: [DType]) throws -> DType

  /// Writes the computation of one element.
  func emit(
    _ x: [ScalarProgram.Register], _ p: inout ScalarProgram
  ) -> ScalarProgram.Register

  /// The activation that a convolution or product can apply in its epilogue, if this is one.
  var activation: Activation? { get }
}

/// A family of element types.
public enum ElementKind: String, Sendable {
  case floatingPoint = "floating-point"
  /// Floating point or whole numbers.
  case numeric
  /// Whole numbers.
  case integer
  case bool
  case any

  public func contains(_ dtype: DType) -> Bool {
    switch self {
    case .floatingPoint: dtype.isFloatingPoint
    case .numeric: dtype != .bool && !dtype.isStorageOnly
    case .integer: dtype.isInteger && !dtype.isStorageOnly
    case .bool: dtype == .bool
    case .any: true
    }
  }
}

extension ElementwiseOp {
  public static var accepts: ElementKind { .floatingPoint }

  public var activation: Activation? { nil }

  public func resultDType(_ operands: [DType]) throws -> DType {
    guard Set(operands).count == 1 else {
      let listed = operands.map(\.rawValue).joined(separator: " and ")
      throw LeptonError(
        .badInput, "\(name): operands have different types, \(listed)", fix: "cast one of them")
    }
    guard Self.accepts.contains(operands[0]) else {
      throw LeptonError(
        .badInput, "\(name) takes \(Self.accepts.rawValue) operands, \(operands[0]) was given",
        fix: "cast it first")
    }
    return operands[0]
  }

  public func resultTypes(of operands: [TensorType]) throws -> [TensorType] {
    try expect(Self.operandCount, operands)
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
    program.evaluateWholeNumbers(operands, results)
      ?? evaluateElementwise(program, operands, results)
  }

  public func cost(_ operands: [TensorType], _ results: [TensorType]) -> Cost {
    Cost(
      flops: program.steps.count * results[0].shape.elementCount, operands, results)
  }
}

extension ElementwiseOp {
  /// Whether computing in single precision gives the same results, so that programs of several operations may run it: among
  /// whole numbers of eight bits where none is made that could be another one, and not at all for wider ones.
  package func isExactInFloats(_ types: [DType]) -> Bool {
    guard types.allSatisfy({ [.f32, .f64, .bf16, .bool, .i8, .u8].contains($0) }) else {
      return false
    }
    guard types.contains(where: \.isInteger), !types.contains(where: \.isFloatingPoint) else {
      return true
    }
    if self is Cast { return types.contains(.bool) }
    return program.steps.allSatisfy { step in
      switch step.op {
      case .maximum, .minimum, .relu, .select, .constant, .equal, .notEqual, .less, .lessOrEqual,
        .greater, .greaterOrEqual, .and, .or, .not:
        true
      default: false
      }
    }
  }

  /// Differentiates the scalar program step by step. Members of one step state their derivative.
  public func pullback(
    _ node: Node, _ gradients: [Value?], _ b: inout GraphBuilder
  ) throws -> [Value?] {
    guard let gradient = gradients[0] else { return node.operands.map { _ in nil } }
    let first = b.graph.nodes.count
    let result = try b.inline(program, node.operands)[0]
    return try b.gradients(
      of: [(result, gradient)], withRespectTo: node.operands, through: first..<b.graph.nodes.count)
  }
}

/// Runs a scalar program over broadcast operands in double precision, one step at a time.
package func evaluateElementwise(
  _ program: ScalarProgram, _ operands: [TensorData], _ results: [TensorType]
) -> [TensorData] {
  let shape = results[0].shape
  let positions = 0..<shape.elementCount
  var registers = operands.map { operand in
    let source = operand.doubles
    let index = BroadcastIndex(operand.shape, to: shape)
    return operand.shape == shape ? source : positions.map { source[index[$0]] }
  }
  for step in program.steps {
    if step.op == .constant {
      registers.append([Double](repeating: step.immediate, count: shape.elementCount))
      continue
    }
    let sources = step.operands.map { registers[$0.index] }
    var arguments = [Double](repeating: 0, count: sources.count)
    registers.append(
      positions.map { position in
        for (index, source) in sources.enumerated() { arguments[index] = source[position] }
        return step.op.evaluate(arguments)
      })
  }
  return zip(program.results, results).map { TensorData(registers[$0.index], as: $1) }
}

/// Where the element of a broadcast operand lies, by row-major position in the result.
package struct BroadcastIndex {
  private let resultStrides: [Int]
  package let sourceStrides: [Int]
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
