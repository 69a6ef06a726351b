import LeptonGraph
import LeptonOps
import LeptonValues

/// The operators of the format that are read, by their number.
enum TFLiteOperators {
  typealias Reader = @Sendable (TFLiteNode, inout TFLiteReader) throws -> Void

  static let readers: [Int: Reader] = table.mapValues(\.1)
  static let names: [Int: String] = table.mapValues(\.0)

  private static let table: [Int: (String, Reader)] =
    convolutions.merging(elementwise) { $1 }.merging(shapes) { $1 }.merging(reductions) { $1 }
}

extension TFLiteReader {
  /// The activation that an operator has built in.
  mutating func activated(_ value: Value, _ code: Int, _ node: TFLiteNode) throws -> Value {
    switch code {
    case 0: value
    case 1: try emit(Relu(), value)
    case 2: try emit(Clip(low: -1, high: 1), value)
    case 3: try emit(Clip(low: 0, high: 6), value)
    case 4: try emit(Tanh(), value)
    default: throw node.error("its activation \(code) is not supported")
    }
  }

  /// The layout that the inputs are in already.
  func layout(of node: TFLiteNode) -> Layout {
    node.inputs.contains { $0 >= 0 && isChannelsFirst($0) } ? .channelsFirst : .stored
  }
}

// MARK: Elementwise

extension TFLiteOperators {
  static let elementwise: [Int: (String, Reader)] = [
    0: ("ADD", binary(Add(), activation: 0)),
    18: ("MUL", binary(Multiply(), activation: 0)),
    41: ("SUB", binary(Subtract(), activation: 0)),
    42: ("DIV", binary(Divide(), activation: 0)),
    55: ("MAXIMUM", binary(Maximum())),
    57: ("MINIMUM", binary(Minimum())),
    78: ("POW", binary(Power())),
    99: (
      "SQUARED_DIFFERENCE",
      binary(Subtract()) { value, reader in
        try reader.emit(Multiply(), value, value)
      }
    ),
    58: ("LESS", binary(Less())),
    61: ("GREATER", binary(Greater())),
    62: ("GREATER_EQUAL", binary(GreaterOrEqual())),
    63: ("LESS_EQUAL", binary(LessOrEqual())),
    71: ("EQUAL", binary(Equal())),
    72: ("NOT_EQUAL", binary(NotEqual())),
    84: ("LOGICAL_OR", binary(Or())),
    86: ("LOGICAL_AND", binary(And())),
    87: ("LOGICAL_NOT", unary(Not())),
    8: ("FLOOR", unary(Floor())),
    14: ("LOGISTIC", unary(Sigmoid())),
    19: ("RELU", unary(Relu())),
    20: ("RELU_N1_TO_1", unary(Clip(low: -1, high: 1))),
    21: ("RELU6", unary(Clip(low: 0, high: 6))),
    152: ("RELU_0_TO_1", unary(Clip(low: 0, high: 1))),
    28: ("TANH", unary(Tanh())),
    47: ("EXP", unary(Exp())),
    59: ("NEG", unary(Neg())),
    66: ("SIN", unary(Sin())),
    108: ("COS", unary(Cos())),
    73: ("LOG", unary(Log())),
    75: ("SQRT", unary(Sqrt())),
    76: ("RSQRT", unary(Rsqrt())),
    101: ("ABS", unary(Abs())),
    104: ("CEIL", unary(Ceil())),
    116: ("ROUND", unary(Round())),
    158: ("SIGN", unary(Sign())),
    111: ("ELU", unary(Elu())),
    117: ("HARD_SWISH", unary(HardSwish())),
    92: (
      "SQUARE",
      { node, reader in
        let layout = reader.layout(of: node)
        let x = try reader.real(node.input(0), layout)
        try reader.define(node.output(), reader.emit(Multiply(), x, x), layout)
      }
    ),
    98: (
      "LEAKY_RELU",
      { node, reader in
        let alpha = try node.options?.float(0) ?? 0
        try unary(LeakyRelu(alpha: Double(alpha)))(node, &reader)
      }
    ),
    150: (
      "GELU",
      { node, reader in
        try unary(Gelu(approximate: try node.options?.bool(0) ?? false))(node, &reader)
      }
    ),
    54: (
      "PRELU",
      { node, reader in
        // max(x, 0) + alpha min(x, 0)
        let layout = reader.layout(of: node)
        let x = try reader.real(node.input(0), layout)
        let slope = try reader.real(node.input(1), layout)
        let zero = try reader.emit(TensorData(scalar: Float(0)))
        let low = try reader.emit(Multiply(), reader.emit(Minimum(), x, zero), slope)
        try reader.define(node.output(), reader.emit(Add(), reader.emit(Relu(), x), low), layout)
      }
    ),
    53: (
      "CAST",
      { node, reader in
        let layout = reader.layout(of: node)
        let type = reader.file.tensors[try node.output()].type.dtype
        let x = try reader.value(node.input(0), layout)
        try reader.define(node.output(), raw: reader.emit(Cast(to: type), x), layout)
      }
    ),
    // Integers in, real numbers out, and the other way around; `real` and `define` do both.
    6: ("DEQUANTIZE", same),
    114: ("QUANTIZE", same),
  ]

  private static let same: Reader = { node, reader in
    let index = try node.input(0)
    let tensor = reader.file.tensors[index]
    // Weights in half precision are widened by the file itself.
    if let data = try reader.constant(index), data.dtype.isFloatingPoint {
      return try reader.define(node.output(), reader.parameter(data, named: tensor.name))
    }
    let layout = reader.layout(of: node)
    try reader.define(node.output(), reader.real(index, layout), layout)
  }

  static func unary(_ op: any Op) -> Reader {
    { node, reader in
      let layout = reader.layout(of: node)
      let x = try reader.real(node.input(0), layout)
      try reader.define(node.output(), reader.emit(op, x), layout)
    }
  }

  private static func binary(
    _ op: any Op, activation field: Int? = nil,
    then: @escaping @Sendable (Value, inout TFLiteReader) throws -> Value = { value, _ in value }
  ) -> Reader {
    { node, reader in
      let (a, b) = (try node.input(0), try node.input(1))
      // Operands of fewer axes line up with the last ones: channels first would put them elsewhere.
      let fits = [a, b].allSatisfy {
        reader.file.tensors[$0].shape.count == 4 || reader.file.tensors[$0].elements != nil
      }
      let layout: TFLiteReader.Layout = fits ? reader.layout(of: node) : .stored
      var value = try reader.emit(op, reader.real(a, layout), reader.real(b, layout))
      value = try then(value, &reader)
      if let field {
        value = try reader.activated(value, node.options?.byte(field) ?? 0, node)
      }
      try reader.define(node.output(), value, layout)
    }
  }
}
