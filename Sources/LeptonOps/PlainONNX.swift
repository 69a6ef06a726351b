public import LeptonGraph
public import LeptonValues

/// The reader of an ONNX op type that has no attributes and takes the operands of `op` as they are.
public func plainONNXReader(_ opType: String, _ op: some Op) -> [String: ONNXReader] {
  [
    opType: { node, context in
      let operands = try node.inputs.indices.map { try node.input($0) }
      return try context.builder.add(op, operands)
    }
  ]
}

/// An operation without attributes that ONNX has under one name, with the same operands.
public protocol PlainONNXOp: Op {
  /// The ONNX op type, nil where ONNX writes it in several nodes or not at all.
  static var onnxName: String? { get }
  /// The first operator set that has it for elements of a type.
  static func onnxSince(of dtype: DType) -> Int

  init()
}

extension PlainONNXOp {
  public static func onnxSince(of dtype: DType) -> Int {
    switch onnxName {
    case "Add", "Sub", "Mul", "Div": dtype.isInteger && dtype.bitCount < 32 ? 14 : 13
    case "Relu": dtype.isInteger ? 14 : 13
    default: 13
    }
  }

  public static var onnxReaders: [String: ONNXReader] {
    onnxName.map { plainONNXReader($0, Self()) } ?? [:]
  }

  public func writeONNX(_ node: Node, _ writer: inout ONNXWriter) throws {
    guard let opType = Self.onnxName else { throw withoutONNXForm(node) }
    let dtype = writer.type(of: node.operands[0]).dtype
    writer.emit(opType, for: node, since: Self.onnxSince(of: dtype))
  }

  var onnxName: String? { Self.onnxName }
}

extension Op {
  /// The error of an operation that ONNX cannot say.
  func withoutONNXForm(_ node: Node) -> LeptonError {
    LeptonError(
      .badInput, "operation \(name) has no ONNX form", at: node.name,
      fix: "lower the graph for inference before it is saved")
  }
}

extension ONNXWriter {
  /// Adds an initializer without axes, of the element type of `value`; answers its name.
  mutating func scalar(_ number: Double, like value: Value, named hint: String = "c") -> String {
    constant(TensorData([number], as: TensorType(type(of: value).dtype, [])), named: hint)
  }

  /// Adds an initializer of whole numbers with one axis; answers its name.
  mutating func ints(_ numbers: [Int], named hint: String) -> String {
    constant(TensorData(numbers.map(Int64.init), shape: [numbers.count]), named: hint)
  }
}

extension ONNXReadContext {
  /// Joins any number of operands pairwise, from the left.
  mutating func fold(_ op: some BinaryOp, _ node: ONNXNode) throws -> Value {
    var result = try node.input(0)
    for index in node.inputs.indices.dropFirst() {
      result = try builder.add(one: op, result, node.input(index))
    }
    return result
  }
}
