/// What an elementwise operation does to one element: a straight-line program over registers.
///
/// It is the one definition from which the reference kernel (interpreted in double precision) and the fused kernels of a
/// back end (whole tiles at a time) both follow. Operand `i` starts in register `i`; each step makes the next register.
public struct ScalarProgram: Sendable, Hashable, Codable {
  public struct Register: Sendable, Hashable, Codable {
    public let index: Int
    public init(_ index: Int) { self.index = index }
  }

  public struct Step: Sendable, Hashable, Codable {
    public var op: ScalarOp
    public var operands: [Register]
    /// The constant of `.constant`; 0 elsewhere.
    public var immediate: Double
  }

  public let operandCount: Int
  public private(set) var steps: [Step] = []
  public var results: [Register] = []

  public init(operandCount: Int) { self.operandCount = operandCount }

  public var operands: [Register] { (0..<operandCount).map(Register.init) }
  public var registerCount: Int { operandCount + steps.count }

  /// Adds a step and answers the register with its value.
  public mutating func step(_ op: ScalarOp, _ operands: Register...) -> Register {
    steps.append(Step(op: op, operands: operands, immediate: 0))
    return Register(registerCount - 1)
  }

  public mutating func constant(_ value: Double) -> Register {
    steps.append(Step(op: .constant, operands: [], immediate: value))
    return Register(registerCount - 1)
  }

  /// Adds the steps of another program, with `operands` for its operands; answers its results.
  public mutating func inline(_ other: ScalarProgram, _ operands: [Register]) -> [Register] {
    var mapped = operands
    for step in other.steps {
      steps.append(
        Step(
          op: step.op, operands: step.operands.map { mapped[$0.index] },
          immediate: step.immediate))
      mapped.append(Register(registerCount - 1))
    }
    return other.results.map { mapped[$0.index] }
  }

  /// The results for one element.
  public func evaluate(_ operands: [Double]) -> [Double] {
    var registers = operands
    for step in steps {
      registers.append(
        step.op == .constant
          ? step.immediate : step.op.evaluate(step.operands.map { registers[$0.index] }))
    }
    return results.map { registers[$0.index] }
  }
}
