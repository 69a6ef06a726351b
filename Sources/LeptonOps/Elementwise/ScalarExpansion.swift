public import LeptonGraph
import LeptonValues

extension GraphBuilder {
  /// Writes a scalar program out as one operation for each step; answers the values of its results.
  public mutating func inline(_ program: ScalarProgram, _ operands: [Value]) throws -> [Value] {
    let model = operands.first { dtype(of: $0).isFloatingPoint } ?? operands[0]
    var registers = operands
    for step in program.steps {
      let sources = step.operands.map { registers[$0.index] }
      registers.append(try inline(step, sources, like: model))
    }
    return program.results.map { registers[$0.index] }
  }

  private mutating func inline(
    _ step: ScalarProgram.Step, _ x: [Value], like model: Value
  ) throws -> Value {
    switch step.op {
    case .constant: return try scalar(step.immediate, like: model)
    case .truncate:
      let magnitude = try add(one: Floor(), add(one: Abs(), x[0]))
      return try add(one: Multiply(), add(one: Sign(), x[0]), magnitude)
    case .roundBF16:
      return try add(one: Cast(to: dtype(of: x[0])), add(one: Cast(to: .bf16), x[0]))
    default: return try add(step.op.operation, x)[0]
    }
  }
}

extension ScalarOp {
  /// The operation of one step that computes this on tensors.
  fileprivate var operation: any Op {
    switch self {
    case .add: Add()
    case .subtract: Subtract()
    case .multiply: Multiply()
    case .divide: Divide()
    case .maximum: Maximum()
    case .minimum: Minimum()
    case .power: Power()
    case .remainder: Remainder()
    case .negate: Neg()
    case .absolute: Abs()
    case .sign: Sign()
    case .reciprocal: Reciprocal()
    case .squareRoot: Sqrt()
    case .reciprocalSquareRoot: Rsqrt()
    case .exponential: Exp()
    case .logarithm: Log()
    case .logarithm1p: Log1p()
    case .errorFunction: Erf()
    case .sine: Sin()
    case .cosine: Cos()
    case .tangent: Tan()
    case .arcSine: Asin()
    case .arcCosine: Acos()
    case .arcTangent: Atan()
    case .sineH: Sinh()
    case .cosineH: Cosh()
    case .tangentH: Tanh()
    case .arcSineH: Asinh()
    case .arcCosineH: Acosh()
    case .arcTangentH: Atanh()
    case .bitAnd: BitwiseAnd()
    case .bitOr: BitwiseOr()
    case .bitXor: BitwiseXor()
    case .bitNot: BitwiseNot()
    case .shiftLeft: BitShift(.left)
    case .shiftRight: BitShift(.right)
    case .sigmoid: Sigmoid()
    case .floor: Floor()
    case .ceiling: Ceil()
    case .roundToEven: Round()
    case .relu: Relu()
    case .equal: Equal()
    case .notEqual: NotEqual()
    case .less: Less()
    case .lessOrEqual: LessOrEqual()
    case .greater: Greater()
    case .greaterOrEqual: GreaterOrEqual()
    case .and: And()
    case .or: Or()
    case .not: Not()
    case .select: Select()
    case .constant, .truncate, .roundBF16:
      preconditionFailure("\(self) is written out by GraphBuilder.inline")
    }
  }
}

extension ONNXWriter {
  /// Writes a scalar program of one result as ONNX nodes, one for each step.
  mutating func write(_ program: ScalarProgram, for node: Node) throws {
    var b = GraphBuilder()
    let operands = node.operands.map { b.input("\($0)", type(of: $0)) }
    var names = Dictionary(
      uniqueKeysWithValues: zip(operands, node.operands.map { name(of: $0) }))
    let result = try b.inline(program, operands)[0]
    for step in b.graph.nodes {
      if let constant = step.op as? Constant {
        names[step.result] = self.constant(constant.value)
        continue
      }
      guard let opType = (step.op as? any PlainONNXOp)?.onnxName else {
        throw node.op.withoutONNXForm(node)
      }
      let output = step.result == result ? name(of: node.result) : temporary()
      emit(opType, step.operands.map { names[$0]! }, [output])
      names[step.result] = output
    }
  }
}
