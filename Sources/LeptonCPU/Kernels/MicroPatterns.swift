import CLeptonKernels
import LeptonOps

/// One micro-operation for several steps of a scalar program, the last of which it takes the place of.
struct MicroPattern {
  let op: lk_micro_op
  /// Registers of the scalar program.
  let inputs: [Int]
  let immediates: [Double]

  init(_ op: lk_micro_op, _ inputs: [Int], _ immediates: [Double] = []) {
    self.op = op
    self.inputs = inputs
    self.immediates = immediates
  }
}

/// What the steps of a program are parts of, by position.
struct MicroPatterns {
  private let program: ScalarProgram
  private var constants: [Int: Double] = [:]
  private var found: [Int: MicroPattern] = [:]

  init(_ program: ScalarProgram) {
    self.program = program
    for (position, step) in program.steps.enumerated() {
      let register = program.operandCount + position
      if step.op == .constant { constants[register] = step.immediate }
      found[position] =
        reluGradient(step) ?? gelu(step) ?? rounding(step) ?? shiftAndScale(step)
        ?? immediate(step)
    }
  }

  subscript(position: Int) -> MicroPattern? { found[position] }

  /// The step that makes a register, if it is `op`.
  private func step(_ register: ScalarProgram.Register, _ op: ScalarOp) -> ScalarProgram.Step? {
    let position = register.index - program.operandCount
    return position >= 0 && program.steps[position].op == op ? program.steps[position] : nil
  }

  /// The constant operand of a step of two, and the other one.
  private func split(
    _ step: ScalarProgram.Step
  ) -> (operand: ScalarProgram.Register, constant: Double)? {
    let (a, b) = (step.operands[0], step.operands[1])
    if let value = constants[b.index], constants[a.index] == nil { return (a, value) }
    if let value = constants[a.index], constants[b.index] == nil { return (b, value) }
    return nil
  }

  /// The operand of a division by a constant.
  private func quotient(
    _ step: ScalarProgram.Step
  ) -> (operand: ScalarProgram.Register, constant: Double)? {
    let (a, b) = (step.operands[0], step.operands[1])
    guard let value = constants[b.index], constants[a.index] == nil else { return nil }
    return (a, value)
  }

  /// select(greater(a, 0), b, 0)
  private func reluGradient(_ step: ScalarProgram.Step) -> MicroPattern? {
    guard step.op == .select, let condition = self.step(step.operands[0], .greater),
      constants[condition.operands[1].index] == 0, constants[step.operands[2].index] == 0
    else { return nil }
    return MicroPattern(
      LK_RELU_GRADIENT, [condition.operands[0].index, step.operands[1].index])
  }

  /// The integers of a quantisation, and their truncation: min(max(round(x / scale) + zero, low), high).
  private func rounding(_ step: ScalarProgram.Step) -> MicroPattern? {
    if step.op == .truncate {
      let pattern = found[step.operands[0].index - program.operandCount]
      return pattern?.op == LK_QUANTIZE ? pattern : nil
    }
    guard step.op == .minimum, let (clipped, high) = split(step),
      let (shifted, low) = self.step(clipped, .maximum).flatMap(split)
    else { return nil }
    let (rounded, zero) = self.step(shifted, .add).flatMap(split) ?? (shifted, 0)
    guard let round = self.step(rounded, .roundToEven),
      let (x, scale) = self.step(round.operands[0], .divide).flatMap(quotient),
      [zero, low, high].allSatisfy({ $0 == $0.rounded() })
    else { return nil }
    return MicroPattern(LK_QUANTIZE, [x.index], [scale, zero, low, high])
  }

  /// (x + shift) * scale
  private func shiftAndScale(_ step: ScalarProgram.Step) -> MicroPattern? {
    guard step.op == .multiply, let (shifted, scale) = split(step) else { return nil }
    if let (x, shift) = self.step(shifted, .add).flatMap(split) {
      return MicroPattern(LK_SHIFT_SCALE, [x.index], [shift, scale])
    }
    guard let (x, shift) = self.step(shifted, .subtract).flatMap(quotient) else { return nil }
    return MicroPattern(LK_SHIFT_SCALE, [x.index], [-shift, scale])
  }

  /// x * (1 + erf(x / root 2)) / 2, whatever the order of the factors, or x * (1/2 + erf(x / root 2) / 2).
  private func gelu(_ step: ScalarProgram.Step) -> MicroPattern? {
    guard step.op == .multiply else { return nil }
    for (a, b) in [(0, 1), (1, 0)].map({ (step.operands[$0.0], step.operands[$0.1]) }) {
      if let (rest, half) = self.step(a, .add).flatMap(split), half == 0.5,
        let (error, scale) = self.step(rest, .multiply).flatMap(split), scale == 0.5,
        isError(error, of: b)
      {
        return MicroPattern(LK_GELU_ERF, [b.index])
      }
      guard let inner = self.step(a, .multiply) else { continue }
      let (c, d) = (inner.operands[0], inner.operands[1])
      for factors in [[b, c, d], [c, b, d], [c, d, b], [b, d, c], [d, b, c], [d, c, b]] {
        if constants[factors[1].index] == 0.5, isGate(factors[2], of: factors[0]) {
          return MicroPattern(LK_GELU_ERF, [factors[0].index])
        }
      }
    }
    return nil
  }

  /// 1 + erf(x / root 2)
  private func isGate(_ gate: ScalarProgram.Register, of x: ScalarProgram.Register) -> Bool {
    guard let (error, one) = step(gate, .add).flatMap(split), one == 1 else { return false }
    return isError(error, of: x)
  }

  /// erf(x / root 2)
  private func isError(_ value: ScalarProgram.Register, of x: ScalarProgram.Register) -> Bool {
    guard let error = step(value, .errorFunction) else { return false }
    let root = 2.0.squareRoot()
    if let (operand, scale) = step(error.operands[0], .divide).flatMap(quotient) {
      return operand == x && abs(scale - root) < 1e-6
    }
    guard let (operand, scale) = step(error.operands[0], .multiply).flatMap(split) else {
      return false
    }
    return operand == x && abs(scale - 1 / root) < 1e-6
  }

  /// A step with one constant operand that has an immediate form.
  private func immediate(_ step: ScalarProgram.Step) -> MicroPattern? {
    switch step.op {
    case .add: split(step).map { MicroPattern(LK_ADD_IMMEDIATE, [$0.operand.index], [$0.constant]) }
    case .multiply:
      split(step).map { MicroPattern(LK_MUL_IMMEDIATE, [$0.operand.index], [$0.constant]) }
    case .maximum:
      split(step).map { MicroPattern(LK_MAX_IMMEDIATE, [$0.operand.index], [$0.constant]) }
    case .minimum:
      split(step).map { MicroPattern(LK_MIN_IMMEDIATE, [$0.operand.index], [$0.constant]) }
    case .subtract:
      quotient(step).map { MicroPattern(LK_ADD_IMMEDIATE, [$0.operand.index], [-$0.constant]) }
    case .divide:
      quotient(step).map { MicroPattern(LK_DIV_IMMEDIATE, [$0.operand.index], [$0.constant]) }
    default: nil
    }
  }
}
