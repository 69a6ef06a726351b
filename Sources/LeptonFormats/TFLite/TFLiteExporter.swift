import LeptonData
public import LeptonGraph
import LeptonOps
import LeptonValues

/// Writes models as TensorFlow Lite files, in single precision, that its interpreter runs.
///
/// Images lie with channels last there: inputs and outputs of four axes change their order, `[N, C, H, W]` to `[N, H, W, C]`, and
/// so do weights. Operations of other ranks keep theirs.
public struct TFLiteExporter: Sendable {
  public init() {}

  /// Writes the file, all or nothing.
  ///
  /// - Parameter graph: lowered for inference, weights as constants.
  /// - Throws: `LeptonError`: `badInput` that names every operation without a counterpart, or `io`.
  public func write(_ graph: Graph, to path: String) throws {
    try FileBytes.write(data(of: graph), to: path)
  }

  package func data(of graph: Graph) throws -> [UInt8] {
    var writer = TFLiteWriter(graph)
    return try writer.file()
  }
}

/// The tensors, operators and buffers of a file under construction.
struct TFLiteWriter {
  typealias Table = FlatBufferWriter.Table

  let graph: Graph
  private let uses: [Int]
  private var tensors: [Table] = []
  private var types: [TensorType] = []
  private var buffers: [Table] = [Table()]
  private var operators: [Table] = []
  private var codes: [[Int]] = []
  /// The tensor of each value; images with channels last.
  private var made: [Value: Int] = [:]
  private var constants: [Value: TensorData] = [:]
  private var constantTensors: [TensorData: Int] = [:]
  private var names: Set<String> = []
  /// Nodes that went into the one before them.
  private var absorbed: Set<Value> = []
  private var users: [Value: Node] = [:]

  init(_ graph: Graph) {
    self.graph = graph
    var uses = [Int](repeating: 0, count: graph.types.count)
    for node in graph.nodes {
      for operand in node.operands {
        uses[operand.id] += 1
        users[operand] = node
      }
    }
    for port in graph.outputs { uses[port.value.id] += 1_000 }
    self.uses = uses
  }

  mutating func file() throws -> [UInt8] {
    let unsupported = Set(
      graph.nodes.filter { TFLiteWriters.writer(of: $0.op) == nil }.map(\.op.name))
    guard unsupported.isEmpty else {
      throw LeptonError(
        .badInput,
        "TensorFlow Lite files are not written with \(unsupported.sorted().joined(separator: ", "))",
        fix: "save the model as ONNX, which has them")
    }
    var inputs: [Int] = []
    for port in graph.dataInputs {
      let index = tensor(type(of: port.value), named: port.name, opensBatch: true)
      made[port.value] = index
      inputs.append(index)
    }
    for node in graph.nodes where !absorbed.contains(node.results[0]) {
      if let constant = node.op as? Constant {
        constants[node.result] = constant.value
        continue
      }
      do {
        try TFLiteWriters.writer(of: node.op)!(node, &self)
      } catch let error as LeptonError {
        throw error.within(node.name.isEmpty ? node.op.name : node.name)
      }
    }
    let outputs = try graph.dataOutputs.map { port in try output(port) }
    var subgraph = Table()
    subgraph[0] = .tables(tensors)
    subgraph[1] = .ints(inputs)
    subgraph[2] = .ints(outputs)
    subgraph[3] = .tables(operators)
    subgraph[4] = .string(graph.name)
    var model = Table()
    model[0] = .int(3)
    model[1] = .tables(
      codes.map { code in
        var table = Table()
        table[0] = .byte(min(code[0], 127))
        table[2] = .int(code[1])
        table[3] = .int(code[0])
        return table
      })
    model[2] = .tables([subgraph])
    model[3] = .string("written by lepton")
    model[4] = .tables(buffers)
    return FlatBufferWriter.file(model, identifier: "TFL3")
  }

  /// An output gets a tensor under its own name.
  private mutating func output(_ port: Graph.Port) throws -> Int {
    let source = try tensor(of: port.value)
    let result = tensor(types[source], named: port.name)
    // A reshape to its own extents passes the elements on.
    let shape = types[source].shape.extents
    var options = Table()
    options[0] = .ints(shape.isEmpty ? [] : [-1] + shape.dropFirst())
    emit(
      22, [source, integers(shape.isEmpty ? [] : [-1] + shape.dropFirst())], [result], (17, options)
    )
    return result
  }
}

// MARK: Tensors

extension TFLiteWriter {
  /// The type as the file has it.
  func type(of value: Value) -> TensorType { Self.stored(graph.type(of: value)) }

  static func stored(_ type: TensorType) -> TensorType {
    let s = type.shape
    return s.rank == 4 ? type.with(shape: [s[0], s[2], s[3], s[1]]) : type
  }

  /// Where an axis of a value lies in the file.
  func axis(_ axis: Int, of value: Value) throws -> Int {
    let shape = graph.type(of: value).shape
    guard let resolved = shape.axis(axis) else {
      throw LeptonError(.badInput, "there is no axis \(axis) of \(shape)")
    }
    return shape.rank == 4 ? [0, 3, 1, 2][resolved] : resolved
  }

  mutating func tensor(of value: Value) throws -> Int {
    if let index = made[value] { return index }
    guard let data = constants[value] else {
      throw LeptonError(.defect, "a value is used before it is written")
    }
    let stored = data.shape.rank == 4 ? try data.transposed([0, 2, 3, 1]) : data
    let index = constant(stored)
    made[value] = index
    return index
  }

  /// An operand of an elementwise operation, which lines up with the last axes of a result of `rank`.
  mutating func operand(_ value: Value, besides rank: Int) throws -> Int {
    guard rank == 4, graph.type(of: value).shape.rank < 4,
      graph.type(of: value).shape.elementCount > 1
    else {
      return try tensor(of: value)
    }
    let shape = graph.type(of: value).shape
    let wide = Shape([Int](repeating: 1, count: 4 - shape.rank) + shape.extents)
    if let data = constants[value] {
      return constant(try data.reshaped(to: wide).transposed([0, 2, 3, 1]))
    }
    let widened = self.reshaped(try tensor(of: value), to: wide)
    return transposed(widened, [0, 2, 3, 1])
  }

  func constant(of value: Value) -> TensorData? { constants[value] }

  mutating func constant(_ data: TensorData) -> Int {
    if let index = constantTensors[data] { return index }
    var buffer = Table()
    buffer[0] = .bytes(data.withUnsafeBytes { Array($0.prefix(data.type.byteCount)) })
    let index = tensor(data.type, named: "constant")
    tensors[index][2] = .int(buffers.count)
    buffers.append(buffer)
    constantTensors[data] = index
    return index
  }

  mutating func integers(_ values: [Int]) -> Int {
    constant(TensorData(values.map(Int32.init(clamping:)), shape: [values.count]))
  }

  mutating func scalar(_ value: Double) -> Int { constant(TensorData(scalar: Float(value))) }

  /// A new tensor; its name is made unique.
  private mutating func tensor(_ type: TensorType, named name: String, opensBatch: Bool = false)
    -> Int
  {
    var unique = name.isEmpty ? "tensor" : name
    var number = 1
    while !names.insert(unique).inserted {
      unique = "\(name.isEmpty ? "tensor" : name)_\(number)"
      number += 1
    }
    var table = Table()
    table[0] = .ints(type.shape.extents)
    table[1] = .byte(Self.codes[type.dtype] ?? 0)
    table[2] = .int(0)
    table[3] = .string(unique)
    if opensBatch, type.shape.rank > 1 { table[7] = .ints([-1] + type.shape.extents.dropFirst()) }
    table[8] = .byte(1)
    tensors.append(table)
    types.append(type)
    return tensors.count - 1
  }

  private static let codes: [DType: Int] = [
    .f32: 0, .i32: 2, .u8: 3, .i64: 4, .bool: 6, .i8: 9, .f64: 10,
  ]
}

// MARK: Operators

extension TFLiteWriter {
  /// Adds an operator; `options` is the kind of its table and the table.
  mutating func emit(
    _ code: Int, _ inputs: [Int], _ outputs: [Int], _ options: (Int, Table)? = nil, version: Int = 1
  ) {
    var table = Table()
    let key = [code, version]
    let index = codes.firstIndex(of: key) ?? codes.count
    if index == codes.count { codes.append(key) }
    table[0] = .int(index)
    table[1] = .ints(inputs)
    table[2] = .ints(outputs)
    if let (kind, options) = options {
      table[3] = .byte(kind)
      table[4] = .table(options)
    }
    operators.append(table)
  }

  /// Adds an operator that makes an intermediate tensor.
  mutating func emit(
    _ code: Int, _ inputs: [Int], making type: TensorType, _ options: (Int, Table)? = nil,
    version: Int = 1
  ) -> Int {
    let result = tensor(type, named: "tensor")
    emit(code, inputs, [result], options, version: version)
    return result
  }

  /// Adds the operator whose result is that of a node.
  mutating func define(
    _ value: Value, _ code: Int, _ inputs: [Int], _ options: (Int, Table)? = nil, version: Int = 1
  ) {
    made[value] = emit(code, inputs, making: type(of: value), options, version: version)
  }

  mutating func define(_ value: Value, as index: Int) { made[value] = index }

  func type(ofTensor index: Int) -> TensorType { types[index] }

  mutating func transposed(_ index: Int, _ order: [Int]) -> Int {
    let type = types[index]
    return emit(
      39, [index, integers(order)], making: type.with(shape: Shape(order.map { type.shape[$0] })),
      (26, Table()))
  }

  /// Under other extents; the first stays open where it does not change.
  mutating func reshaped(_ index: Int, to shape: Shape) -> Int {
    var extents = shape.extents
    if let first = extents.first, first == types[index].shape.first { extents[0] = -1 }
    var options = Table()
    options[0] = .ints(extents)
    return emit(
      22, [index, integers(extents)], making: types[index].with(shape: shape), (17, options))
  }

  /// A value in the order of axes that the graph has.
  mutating func inGraphOrder(_ value: Value) throws -> Int {
    let index = try tensor(of: value)
    let shape = graph.type(of: value).shape
    guard shape.rank == 4 else { return index }
    return shape[2] == 1 && shape[3] == 1 || shape[1] == 1
      ? reshaped(index, to: shape) : transposed(index, [0, 3, 1, 2])
  }

  /// Defines a value by a tensor in the order of axes that the graph has.
  mutating func define(_ value: Value, inGraphOrder index: Int) {
    let shape = graph.type(of: value).shape
    made[value] =
      shape.rank != 4
      ? index
      : shape[2] == 1 && shape[3] == 1 || shape[1] == 1
        ? reshaped(index, to: type(of: value).shape) : transposed(index, [0, 2, 3, 1])
  }

  /// The activation that follows a value and nothing else reads: its code, and the value that it makes. What follows is
  /// not written again.
  mutating func absorbActivation(after value: Value) -> (code: Int, result: Value) {
    guard uses[value.id] == 1, let user = users[value] else { return (0, value) }
    let code: Int
    switch user.op {
    case is Relu: code = 1
    case let clip as Clip where clip.low == -1 && clip.high == 1: code = 2
    case let clip as Clip where clip.low == 0 && clip.high == 6: code = 3
    default: return (0, value)
    }
    absorbed.insert(user.result)
    return (code, user.result)
  }

  /// The bias that follows a product and nothing else reads.
  mutating func absorbBias(after value: Value, count: Int) throws -> (bias: Int, result: Value)? {
    guard uses[value.id] == 1, let user = users[value], user.op is Add,
      let other = user.operands.first(where: { $0 != value }),
      let data = constants[other] ?? later(other),
      data.dtype == .f32, data.elementCount == count, data.shape.last == count
    else { return nil }
    absorbed.insert(user.result)
    return (constant(data.reshaped(to: [count])), user.result)
  }

  /// A constant that is written down behind the node that is being written.
  private func later(_ value: Value) -> TensorData? {
    graph.nodes.first { $0.results.contains(value) }.flatMap { ($0.op as? Constant)?.value }
  }
}
