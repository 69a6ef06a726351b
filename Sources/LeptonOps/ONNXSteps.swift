package import LeptonGraph
package import LeptonValues

/// The steps that readers of composed operators are written in.
extension ONNXReadContext {
  package func shape(of value: Value) -> Shape { builder.shape(of: value) }
  package func dtype(of value: Value) -> DType { builder.dtype(of: value) }
  package func type(of value: Value) -> TensorType { builder.type(of: value) }

  /// Adds an operation of one result.
  package mutating func add(_ op: any Op, _ operands: Value...) throws -> Value {
    try builder.add(op, operands)[0]
  }

  package mutating func plus(_ a: Value, _ b: Value) throws -> Value { try add(Add(), a, b) }
  package mutating func minus(_ a: Value, _ b: Value) throws -> Value { try add(Subtract(), a, b) }
  package mutating func times(_ a: Value, _ b: Value) throws -> Value { try add(Multiply(), a, b) }
  package mutating func over(_ a: Value, _ b: Value) throws -> Value { try add(Divide(), a, b) }

  /// A known number without axes, of the element type of `value`.
  package mutating func number(_ number: Double, like value: Value) throws -> Value {
    try addConstant(TensorData([number], as: TensorType(dtype(of: value), [])))
  }

  package mutating func plus(_ a: Value, _ number: Double) throws -> Value {
    number == 0 ? a : try plus(a, self.number(number, like: a))
  }

  package mutating func times(_ a: Value, _ number: Double) throws -> Value {
    number == 1 ? a : try times(a, self.number(number, like: a))
  }

  /// Known numbers, converted to `dtype`.
  package mutating func table(_ numbers: [Double], _ shape: Shape, _ dtype: DType) throws -> Value {
    try addConstant(TensorData(numbers, as: TensorType(dtype, shape)))
  }

  package mutating func zeros(_ dtype: DType, _ shape: Shape) throws -> Value {
    try addConstant(TensorData(zeros: TensorType(dtype, shape)))
  }

  /// Another shape; extents of 0 are copied, one of -1 is inferred.
  package mutating func reshaped(_ value: Value, _ extents: [Int]) throws -> Value {
    try add(Reshape(extents), value)
  }

  package mutating func transposed(_ value: Value, _ permutation: [Int]) throws -> Value {
    permutation == Array(permutation.indices) ? value : try add(Transpose(permutation), value)
  }

  /// The entries `range` along one axis.
  package mutating func part(_ value: Value, _ range: Range<Int>, axis: Int) throws -> Value {
    let shape = shape(of: value)
    if range == 0..<shape[axis] { return value }
    return try add(Slice(range, axis: axis, rank: shape.rank), value)
  }

  package mutating func joined(_ values: [Value], axis: Int) throws -> Value {
    values.count == 1 ? values[0] : try builder.add(Concat(axis: axis), values)[0]
  }

  /// A reduction over axes counted from the front, which stay with extent 1.
  package mutating func reduced(_ kind: Reduce.Kind, _ value: Value, _ axes: [Int]) throws -> Value
  {
    try add(Reduce(kind, axes: axes, keepDims: true), value)
  }

  package mutating func cast(_ value: Value, to dtype: DType) throws -> Value {
    self.dtype(of: value) == dtype ? value : try add(Cast(to: dtype), value)
  }

  /// `condition ? a : number`
  package mutating func select(_ condition: Value, _ a: Value, else number: Double) throws -> Value
  {
    try add(Select(), condition, a, self.number(number, like: a))
  }

  /// The elements of a constant operand without axes, or with one element.
  package func scalar(_ node: ONNXNode, input index: Int) throws -> Double? {
    guard let value = node.optionalInput(index) else { return nil }
    let data = try constant(value, of: node)
    guard data.elementCount == 1 else {
      throw node.error("input \(index) is \(data.type), one number is needed")
    }
    return data.doubles[0]
  }
}

extension ONNXNode {
  /// Throws where the file gives the node an attribute that its reader does not know.
  package func allow(_ names: [String]) throws {
    guard let unknown = attributes.keys.sorted().first(where: { !names.contains($0) }) else {
      return
    }
    throw error(
      "attribute '\(unknown)' is not supported",
      fix: names.isEmpty ? "it has none" : "these are: \(names.sorted().joined(separator: ", "))")
  }

  /// One of the texts that an attribute may hold.
  package func choice(
    _ name: String, of known: [String], default fallback: String
  ) throws -> String {
    let text = string(name, default: fallback)
    guard known.contains(text) else {
      throw error("\(name) '\(text)' is not supported", fix: "it is one of \(known)")
    }
    return text
  }

  /// An attribute that the file must give.
  package func requiredInt(_ name: String) throws -> Int {
    guard case .int(let value) = attributes[name] else { throw error("\(name) is missing") }
    return value
  }

  /// The axis of a shape that an attribute names, from the front.
  package func axis(_ name: String, default fallback: Int, in shape: Shape) throws -> Int {
    try axis(int(name, default: fallback), in: shape)
  }

  package func axis(_ axis: Int, in shape: Shape) throws -> Int {
    guard let resolved = shape.axis(axis) else { throw error("\(shape) has no axis \(axis)") }
    return resolved
  }

  /// Throws where an operand does not have so many axes.
  package func require(_ shape: Shape, rank: Int, _ what: String) throws {
    guard shape.rank == rank else {
      throw error("\(what) has shape \(shape)", fix: "it has \(rank) axes")
    }
  }

  /// Throws where an operand does not have this shape.
  package func require(_ shape: Shape, _ expected: Shape, _ what: String) throws {
    guard shape == expected else {
      throw error("\(what) has shape \(shape)", fix: "it must be \(expected)")
    }
  }
}
