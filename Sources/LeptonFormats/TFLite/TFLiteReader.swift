import LeptonGraph
import LeptonOps
import LeptonValues

/// Writes the graph of a file down, operator by operator.
struct TFLiteReader {
  /// How the axes of a value with four of them lie.
  enum Layout {
    /// As in the file, `[N, H, W, C]` for images.
    case stored
    /// `[N, C, H, W]`
    case channelsFirst
  }

  let file: TFLiteContents
  let source: ByteSource
  let batch: Int
  var builder: GraphBuilder
  private(set) var weights: [String: TensorData] = [:]
  /// What each tensor is, in the layouts that were asked for.
  private var values: [Int: [Layout: Value]] = [:]
  /// The real numbers behind integers.
  private var reals: [Int: [Layout: Value]] = [:]
  /// Values that are known already.
  private var known: [Value: TensorData] = [:]
  private var names: Set<String> = []

  init(_ file: TFLiteContents, _ source: ByteSource, batch: Int) {
    self.file = file
    self.source = source
    self.batch = batch
    builder = GraphBuilder(name: file.name.isEmpty ? "graph" : file.name)
  }

  mutating func model() throws -> Model {
    try refuseUnsupported()
    for index in file.inputs {
      let tensor = file.tensors[index]
      var shape = tensor.shape
      if tensor.hasOpenBatch, !shape.isEmpty { shape[0] = batch }
      values[index] = [
        .stored: builder.input(
          unique(tensor.name, "input"), TensorType(tensor.type.dtype, Shape(shape)))
      ]
    }
    for node in file.nodes {
      builder.scope = node.outputs.first.map { file.tensors[$0].name } ?? ""
      do {
        try TFLiteOperators.readers[node.code]!(node, &self)
      } catch let error as LeptonError {
        throw error.place.hasPrefix("operator \(node.position) ")
          ? error : error.within("operator \(node.position) (\(node.name))")
      }
    }
    builder.scope = ""
    var outputs: Set<String> = []
    for index in file.outputs {
      var name = file.tensors[index].name
      while name.isEmpty || !outputs.insert(name).inserted { name += "_" }
      builder.output(name, try value(index))
    }
    return Model(graph: builder.graph, weights: weights)
  }

  private func refuseUnsupported() throws {
    let unsupported = Set(file.nodes.filter { TFLiteOperators.readers[$0.code] == nil }.map(\.name))
    guard unsupported.isEmpty else {
      throw LeptonError(
        .badInput,
        "operators that are not supported: \(unsupported.sorted().joined(separator: ", "))",
        fix:
          "export a model of the operators that are: convolutions, dense layers, pooling, arithmetic, shapes"
      )
    }
  }

  /// A name for an input, used once.
  private mutating func unique(_ name: String, _ fallback: String) -> String {
    let stem = name.isEmpty ? fallback : name
    var result = stem
    var number = 1
    while !names.insert(result).inserted {
      result = "\(stem).\(number)"
      number += 1
    }
    return result
  }
}

// MARK: Values

extension TFLiteReader {
  /// The tensor as the file has it, integers as integers.
  mutating func value(_ index: Int, _ layout: Layout = .stored) throws -> Value {
    if let value = values[index]?[layout] { return value }
    if let other = values[index]?.first?.value {
      let value = try reordered(other, to: layout)
      values[index]![layout] = value
      return value
    }
    guard let data = try constant(index) else {
      throw LeptonError(
        .badInput, "tensor \(index) '\(file.tensors[index].name)' is used before anything makes it",
        fix: "export the model anew")
    }
    let value = try emit(data)
    values[index] = [.stored: value]
    return layout == .stored ? value : try self.value(index, layout)
  }

  /// The real numbers that a tensor stands for; integers without a scale stay what they are.
  mutating func real(_ index: Int, _ layout: Layout = .stored) throws -> Value {
    let tensor = file.tensors[index]
    if tensor.elements != nil, values[index] == nil { return try parameter(index, layout) }
    guard let quantization = tensor.quantization, tensor.type != .float32, tensor.type != .int32
    else {
      return try value(index, layout)
    }
    if let real = reals[index]?[layout] { return real }
    guard tensor.type == .int8 || tensor.type == .uint8, quantization.scales.count == 1 else {
      throw LeptonError(
        .badInput, "tensor '\(tensor.name)' holds activations as \(tensor.type)",
        fix: "export it quantised to int8")
    }
    let parameters = try scale(quantization, tensor.type.dtype)
    let real = try builder.add(Dequantize(), [try value(index, layout)] + parameters)[0]
    reals[index, default: [:]][layout] = real
    return real
  }

  /// Defines a tensor by the real numbers that it stands for.
  mutating func define(_ index: Int, _ real: Value, _ layout: Layout = .stored) throws {
    let tensor = file.tensors[index]
    var value = real
    if let quantization = tensor.quantization, tensor.type == .int8 || tensor.type == .uint8,
      builder.dtype(of: real).isFloatingPoint
    {
      guard quantization.scales.count == 1 else {
        throw LeptonError(.badInput, "tensor '\(tensor.name)' has a scale for each channel")
      }
      value = try builder.add(
        Quantize(dtype: tensor.type.dtype), [real] + scale(quantization, tensor.type.dtype))[0]
    } else if builder.dtype(of: real) != tensor.type.dtype {
      value = try builder.add(one: Cast(to: tensor.type.dtype), real)
    }
    try check(value, layout, against: tensor)
    values[index] = [layout: value]
  }

  /// Defines a tensor by what it holds, integers as integers.
  mutating func define(_ index: Int, raw value: Value, _ layout: Layout = .stored) throws {
    try check(value, layout, against: file.tensors[index])
    values[index] = [layout: value]
  }

  /// The file states extents, too; but for the number of examples both must say the same.
  private func check(_ value: Value, _ layout: Layout, against tensor: TFLiteTensor) throws {
    var shape = builder.shape(of: value).extents
    if layout == .channelsFirst { shape = [shape[0], shape[2], shape[3], shape[1]] }
    guard shape.count == tensor.shape.count,
      zip(shape, tensor.shape).dropFirst().allSatisfy({ $0 == $1 }),
      builder.dtype(of: value) == tensor.type.dtype
    else {
      throw LeptonError(
        .badInput,
        "it makes \(builder.dtype(of: value))\(Shape(shape)), the file says \(tensor.type)\(Shape(tensor.shape))",
        fix: "export the model anew")
    }
  }

  /// Where the tensor lies with channels first, and was not needed otherwise.
  func isChannelsFirst(_ index: Int) -> Bool {
    values[index].map { $0[.channelsFirst] != nil && $0[.stored] == nil } ?? false
  }

  private mutating func reordered(_ value: Value, to layout: Layout) throws -> Value {
    let shape = builder.shape(of: value)
    guard shape.rank == 4 else {
      throw LeptonError(.badInput, "an image has four axes, not \(shape)")
    }
    switch layout {
    case .channelsFirst:
      if shape[1] == 1, shape[2] == 1 { return try emit(Reshape([0, shape[3], 1, 1]), value) }
      return try emit(Transpose([0, 3, 1, 2]), value)
    case .stored:
      if shape[2] == 1, shape[3] == 1 { return try emit(Reshape([0, 1, 1, shape[1]]), value) }
      return try emit(Transpose([0, 2, 3, 1]), value)
    }
  }

  /// Scale and zero point as operands.
  private mutating func scale(_ quantization: TFLiteQuantization, _ dtype: DType) throws -> [Value]
  {
    let shape: Shape = quantization.scales.count == 1 ? [] : [quantization.scales.count]
    return [
      try emit(TensorData(quantization.scales, shape: shape)),
      try emit(TensorData(quantization.zeros.map(Double.init), as: TensorType(dtype, shape))),
    ]
  }
}

// MARK: Constants and weights

extension TFLiteReader {
  /// The elements of a tensor that are known while the file is read; nil where they are not.
  func constant(_ index: Int) throws -> TensorData? {
    if let value = values[index]?[.stored] { return known[value] }
    return try file.tensors[index].data(in: source)
  }

  /// Whole numbers that an operator takes as a tensor: axes, extents, paddings.
  func ints(_ index: Int, _ node: TFLiteNode, _ what: String) throws -> [Int] {
    guard let data = try constant(index), !data.dtype.isFloatingPoint, data.elementCount <= 64
    else {
      throw node.error(
        "the \(what) are computed while the model runs", fix: "export it with fixed shapes")
    }
    let numbers = data.ints
    guard numbers.allSatisfy({ abs($0) <= 1 << 31 }) else {
      throw node.error("the \(what) are \(numbers)")
    }
    return numbers
  }

  /// Weights in the type that the graph computes with: a parameter under the tensor's name, or a dequantised constant.
  /// `permutation` reorders their axes.
  mutating func weights(_ index: Int, permutation: [Int]? = nil) throws -> Value {
    let tensor = file.tensors[index]
    guard values[index] == nil, let stored = try tensor.data(in: source) else {
      let value = try real(index)
      return try permutation.map { try emit(Transpose($0), value) } ?? value
    }
    if let permutation, permutation.count != stored.shape.rank {
      throw LeptonError(
        .badInput, "weights '\(tensor.name)' are \(stored.type)", fix: "export the model anew")
    }
    let data = try permutation.map { try stored.transposed($0) } ?? stored
    guard data.dtype == .i8 || data.dtype == .u8, let quantization = tensor.quantization else {
      return try parameter(data, named: tensor.name)
    }
    let axis = permutation?.firstIndex(of: quantization.axis) ?? quantization.axis
    return try builder.add(
      Dequantize(axis: quantization.scales.count == 1 ? nil : axis),
      [try emit(data)] + scale(quantization, data.dtype))[0]
  }

  /// A constant operand: numbers as parameters, single ones and integers as constants.
  private mutating func parameter(_ index: Int, _ layout: Layout) throws -> Value {
    if let value = reals[index]?[layout] { return value }
    guard var data = try constant(index) else { return try value(index, layout) }
    if layout == .channelsFirst {
      guard data.shape.rank <= 4 else { throw LeptonError(.badInput, "an operand of \(data.type)") }
      let ones = [Int](repeating: 1, count: 4 - data.shape.rank)
      if data.elementCount > 1 || data.shape.rank == 4 {
        data = try data.reshaped(to: Shape(ones + data.shape.extents)).transposed([0, 3, 1, 2])
      }
    }
    let tensor = file.tensors[index]
    let value: Value
    if let quantization = tensor.quantization, data.dtype == .i8 || data.dtype == .u8 {
      guard quantization.scales.count == 1 else {
        throw LeptonError(.badInput, "operand '\(tensor.name)' has a scale for each channel")
      }
      value = try builder.add(Dequantize(), [try emit(data)] + scale(quantization, data.dtype))[0]
    } else {
      value =
        data.elementCount > 1 && data.dtype.isFloatingPoint
        ? try parameter(data, named: tensor.name) : try emit(data)
    }
    reals[index, default: [:]][layout] = value
    return value
  }

  /// Biases of quantised layers have no type of their own: their scale is the product of the scales of input and weights.
  mutating func bias(_ index: Int, input: Int, weights: Int) throws -> Value {
    let tensor = file.tensors[index]
    guard tensor.type == .int32, let data = try tensor.data(in: source) else {
      return try real(index)
    }
    guard let x = file.tensors[input].quantization, let w = file.tensors[weights].quantization,
      x.scales.count == 1, w.scales.count == 1 || w.scales.count == data.elementCount
    else {
      throw LeptonError(
        .badInput, "bias '\(tensor.name)' is of integers, input and weights are not")
    }
    let reals = data.doubles.enumerated().map { index, bias in
      Float(bias * Double(x.scales[0]) * Double(w.scales[w.scales.count == 1 ? 0 : index]))
    }
    return try emit(TensorData(reals, shape: data.shape))
  }

  mutating func parameter(_ data: TensorData, named name: String) throws -> Value {
    guard data.dtype.isFloatingPoint else { return try emit(data) }
    let name = unique(name, "weights")
    weights[name] = data
    return builder.input(name, data.type, role: .parameter)
  }

  mutating func emit(_ data: TensorData) throws -> Value {
    let value = try builder.add(one: Constant(data))
    known[value] = data
    return value
  }

  /// Adds an operation; on small constants it is computed at once.
  mutating func emit(_ op: any Op, _ operands: Value...) throws -> Value { try emit(op, operands) }

  mutating func emit(_ op: any Op, _ operands: [Value]) throws -> Value {
    let inputs = operands.compactMap { known[$0] }
    if inputs.count == operands.count {
      let types = try op.resultTypes(of: inputs.map(\.type))
      if types.count == 1, types[0].shape.elementCount <= 65_536,
        inputs.allSatisfy({ $0.elementCount <= 65_536 })
      {
        return try emit(try op.reference(inputs, types)[0])
      }
    }
    return try builder.add(op, operands)[0]
  }
}

extension TensorData {
  /// The axes in another order.
  func transposed(_ permutation: [Int]) throws -> TensorData {
    let op = Transpose(permutation)
    return try op.reference([self], op.resultTypes(of: [type]))[0]
  }
}
