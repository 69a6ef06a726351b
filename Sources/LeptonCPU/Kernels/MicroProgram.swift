import CLeptonKernels
import LeptonOps

/// A scalar program in the terms of the tile interpreter: micro-operations over few registers, constants folded into
/// immediates, registers given back after their last use.
struct MicroProgram {
  private(set) var steps: [lk_micro] = []
  private(set) var results: [UInt8] = []

  /// nil where the program is longer, or needs more registers, than the interpreter has.
  init?(_ program: ScalarProgram) {
    let patterns = MicroPatterns(program)
    var needed = Self.liveSteps(of: program, patterns)
    var lastUse = [Int](repeating: -1, count: program.registerCount)
    for (position, inputs) in needed { for register in inputs { lastUse[register] = position } }
    for result in program.results { lastUse[result.index] = .max }
    needed = needed.filter { lastUse[program.operandCount + $0.position] >= 0 }

    var home = [UInt8?](repeating: nil, count: program.registerCount)
    var free = Array((program.operandCount..<Int(LK_MAX_REGISTERS)).reversed())
    guard program.operandCount <= Int(LK_MAX_REGISTERS) else { return nil }
    for operand in 0..<program.operandCount { home[operand] = UInt8(operand) }
    for (position, inputs) in needed {
      let sources = inputs.compactMap { home[$0] }
      guard sources.count == inputs.count, let target = free.popLast() else { return nil }
      var micro = lk_micro()
      let step = program.steps[position]
      guard
        let pattern = patterns[position]
          ?? step.op.micro.map({ MicroPattern($0, [], [step.immediate]) })
      else { return nil }
      micro.op = UInt8(pattern.op.rawValue)
      withElements(&micro.immediates, of: Float.self) { immediates in
        for (i, value) in pattern.immediates.enumerated() { immediates[i] = Float(value) }
      }
      if sources.count > 0 { micro.a = sources[0] }
      if sources.count > 1 { micro.b = sources[1] }
      if sources.count > 2 { micro.c = sources[2] }
      micro.result = UInt8(target)
      steps.append(micro)
      home[program.operandCount + position] = UInt8(target)
      for register in Set(inputs)
      where lastUse[register] == position && register >= program.operandCount {
        free.append(Int(home[register]!))
      }
    }
    for result in program.results {
      guard let register = home[result.index] else { return nil }
      results.append(register)
    }
    guard steps.count <= Int(LK_MAX_MICRO) else { return nil }
  }

  /// The steps that results depend on, with the registers each one reads; what became part of a pattern falls away.
  private static func liveSteps(
    of program: ScalarProgram, _ patterns: MicroPatterns
  ) -> [(position: Int, inputs: [Int])] {
    var live = Set(program.results.map(\.index))
    var steps: [(position: Int, inputs: [Int])] = []
    for (position, step) in program.steps.enumerated().reversed()
    where live.contains(program.operandCount + position) {
      let inputs = patterns[position]?.inputs ?? step.operands.map(\.index)
      live.formUnion(inputs)
      steps.append((position, inputs))
    }
    return steps.reversed()
  }
}

extension ScalarOp {
  /// nil for the arithmetic of bits, which floats do not have.
  fileprivate var micro: lk_micro_op? {
    switch self {
    case .add: LK_ADD
    case .subtract: LK_SUB
    case .multiply: LK_MUL
    case .divide: LK_DIV
    case .maximum: LK_MAXIMUM
    case .minimum: LK_MINIMUM
    case .power: LK_POW
    case .remainder: LK_MOD
    case .negate: LK_NEG
    case .absolute: LK_ABS
    case .sign: LK_SIGN
    case .reciprocal: LK_RECIPROCAL
    case .squareRoot: LK_SQRT
    case .reciprocalSquareRoot: LK_RSQRT
    case .exponential: LK_EXP
    case .logarithm: LK_LOG
    case .logarithm1p: LK_LOG1P
    case .errorFunction: LK_ERF
    case .sine: LK_SIN
    case .cosine: LK_COS
    case .tangent: LK_TAN
    case .arcSine: LK_ASIN
    case .arcCosine: LK_ACOS
    case .arcTangent: LK_ATAN
    case .sineH: LK_SINH
    case .cosineH: LK_COSH
    case .tangentH: LK_TANH
    case .arcSineH: LK_ASINH
    case .arcCosineH: LK_ACOSH
    case .arcTangentH: LK_ATANH
    case .sigmoid: LK_SIGMOID
    case .floor: LK_FLOOR
    case .ceiling: LK_CEIL
    case .roundToEven: LK_ROUND
    case .truncate: LK_TRUNCATE
    case .relu: LK_RELU
    case .equal: LK_EQUAL
    case .notEqual: LK_NOT_EQUAL
    case .less: LK_LESS
    case .lessOrEqual: LK_LESS_EQUAL
    case .greater: LK_GREATER
    case .greaterOrEqual: LK_GREATER_EQUAL
    case .and: LK_AND
    case .or: LK_OR
    case .not: LK_NOT
    case .select: LK_SELECT
    case .constant: LK_CONSTANT
    case .roundBF16: LK_ROUND_BF16
    case .bitAnd, .bitOr, .bitXor, .bitNot, .shiftLeft, .shiftRight: nil
    }
  }
}
