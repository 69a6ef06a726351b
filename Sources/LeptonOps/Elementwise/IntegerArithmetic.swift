import LeptonGraph
package import LeptonValues

extension ScalarProgram {
  /// Runs the program over operands of one integer type, and truth values, in that type: exact, wrapping around. nil where
  /// the types are others.
  package func evaluateWholeNumbers(
    _ operands: [TensorData], _ results: [TensorType]
  ) -> [TensorData]? {
    let types = Set((operands.map(\.dtype) + results.map(\.dtype)).filter { $0 != .bool })
    guard let dtype = types.first, types.count == 1 else { return nil }
    switch dtype {
    case .i8: return evaluate(Int8.self, operands, results)
    case .u8: return evaluate(UInt8.self, operands, results)
    case .i16: return evaluate(Int16.self, operands, results)
    case .u16: return evaluate(UInt16.self, operands, results)
    case .i32: return evaluate(Int32.self, operands, results)
    case .u32: return evaluate(UInt32.self, operands, results)
    case .i64: return evaluate(Int64.self, operands, results)
    case .u64: return evaluate(UInt64.self, operands, results)
    default: return nil
    }
  }

  private func evaluate<S: IntegerScalar>(
    _: S.Type, _ operands: [TensorData], _ results: [TensorType]
  ) -> [TensorData] {
    let shape = results[0].shape
    let positions = 0..<shape.elementCount
    var registers = operands.map { operand in
      let source =
        operand.dtype == .bool
        ? operand.array(of: Bool.self).map { $0 ? 1 as S : 0 } : operand.array(of: S.self)
      let index = BroadcastIndex(operand.shape, to: shape)
      return operand.shape == shape ? source : positions.map { source[index[$0]] }
    }
    for step in steps {
      if step.op == .constant {
        registers.append([S](repeating: S(nearest: step.immediate), count: shape.elementCount))
        continue
      }
      let sources = step.operands.map { registers[$0.index] }
      var arguments = [S](repeating: 0, count: sources.count)
      registers.append(
        positions.map { position in
          for (index, source) in sources.enumerated() { arguments[index] = source[position] }
          return step.op.evaluate(arguments)
        })
    }
    return zip(self.results, results).map { register, type in
      type.dtype == .bool
        ? TensorData(registers[register.index].map { $0 != 0 }, shape: shape)
        : TensorData(registers[register.index], shape: shape)
    }
  }
}

extension ScalarOp {
  /// The value among whole numbers, wrapping around. Division truncates toward zero; by 0 it answers the largest or smallest
  /// number, the remainder 0.
  package func evaluate<S: IntegerScalar>(_ x: [S]) -> S {
    switch self {
    case .add: x[0] &+ x[1]
    case .subtract: x[0] &- x[1]
    case .multiply: x[0] &* x[1]
    case .divide:
      x[1] == 0
        ? (x[0] > 0 ? .max : x[0] < 0 ? .min : 0)
        : x[0].dividedReportingOverflow(by: x[1]).partialValue
    case .maximum: Swift.max(x[0], x[1])
    case .minimum: Swift.min(x[0], x[1])
    case .power: x[0].power(x[1])
    case .remainder:
      x[1] == 0 ? 0 : x[0].remainderReportingOverflow(dividingBy: x[1]).partialValue
    case .negate: 0 &- x[0]
    case .absolute: x[0] < 0 ? 0 &- x[0] : x[0]
    case .sign: x[0].signum()
    case .floor, .ceiling, .roundToEven, .truncate: x[0]
    case .relu: Swift.max(x[0], 0)
    case .equal: x[0] == x[1] ? 1 : 0
    case .notEqual: x[0] != x[1] ? 1 : 0
    case .less: x[0] < x[1] ? 1 : 0
    case .lessOrEqual: x[0] <= x[1] ? 1 : 0
    case .greater: x[0] > x[1] ? 1 : 0
    case .greaterOrEqual: x[0] >= x[1] ? 1 : 0
    case .and: x[0] != 0 && x[1] != 0 ? 1 : 0
    case .or: x[0] != 0 || x[1] != 0 ? 1 : 0
    case .not: x[0] == 0 ? 1 : 0
    case .bitAnd: x[0] & x[1]
    case .bitOr: x[0] | x[1]
    case .bitXor: x[0] ^ x[1]
    case .bitNot: ~x[0]
    case .shiftLeft: x[1] < 0 ? 0 : x[0] << x[1]
    case .shiftRight: x[0] >> (x[1] < 0 ? .max : x[1])
    case .select: x[0] != 0 ? x[1] : x[2]
    case .reciprocal, .squareRoot, .reciprocalSquareRoot, .exponential, .logarithm, .logarithm1p,
      .errorFunction, .sine, .cosine, .tangent, .arcSine, .arcCosine, .arcTangent, .sineH,
      .cosineH, .tangentH, .arcSineH, .arcCosineH, .arcTangentH, .sigmoid, .roundBF16, .constant:
      S(nearest: evaluate(x.map(\.asDouble)))
    }
  }
}

extension IntegerScalar {
  /// By squaring; a negative exponent gives what is left of the fraction, 0 but for bases of magnitude 1.
  fileprivate func power(_ exponent: Self) -> Self {
    if exponent < 0 {
      if self == 1 { return 1 }
      return self == 0 &- 1 ? (exponent & 1 == 0 ? 1 : self) : 0
    }
    var (result, square, rest) = (1 as Self, self, exponent)
    while rest > 0 {
      if rest & 1 == 1 { result = result &* square }
      square = square &* square
      rest >>= 1
    }
    return result
  }
}
