import Foundation
import LeptonGraph
import LeptonONNX
import LeptonOps
import LeptonValues
import Testing

/// Files that differ from good ones in a few places, as damage and malice make them.
struct MutationTests {
  /// A trap would end the whole test run; all that is asked is a model or a `LeptonError`.
  @Test("a changed file is read or refused", arguments: GoldenModel.names)
  func survives(name: String) throws {
    let file = try ONNXModelProto(file: Data(contentsOf: GoldenModel(name: name).url))
    let count = Int(ProcessInfo.processInfo.environment["LEPTON_MUTATIONS"] ?? "") ?? 60
    for seed in 0..<count {
      var mutation = Mutation(seed: UInt64(seed), of: name)
      var changed = file
      for _ in 0...(seed % 3) { mutation.change(&changed) }
      do {
        var data = try changed.serialized()
        if seed % 4 == 0 { mutation.change(bytes: &data) }
        _ = try ONNXImporter(extents: ["W": 4]).model(from: data)
      } catch is LeptonError {}
    }
  }
}

/// A reproducible source of changes.
struct Mutation: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64, of name: String) {
    state = name.utf8.reduce(seed &* 0x9E37_79B9_7F4A_7C15) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }

  /// SplitMix64.
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  private static let numbers: [Int64] = [
    0, 1, -1, 2, -2, 3, 5, 7, -7, 100, 65_537, 1 << 31, 1 << 40, .max, .min, .max - 1, .min + 1,
  ]
  private static let reals: [Float] = [0, -1, 0.5, 1e30, -1e30, .infinity, -.infinity, .nan, 1e-30]
  private static let opTypes = ONNXImporter.operatorTypes.sorted()

  private mutating func pick<T>(_ values: [T]) -> T { values.randomElement(using: &self)! }

  /// Replaces one byte, or drops the end.
  mutating func change(bytes: inout Data) {
    let position = Int.random(in: 0..<bytes.count, using: &self)
    if Bool.random(using: &self) {
      bytes[position] = UInt8.random(in: 0...255, using: &self)
    } else {
      bytes = bytes.prefix(position)
    }
  }

  mutating func change(_ file: inout ONNXModelProto) {
    switch Int.random(in: 0..<6, using: &self) {
    case 0: change(initializers: &file.graph.initializer)
    case 1: change(ports: &file.graph.input)
    default:
      guard let index = file.graph.node.indices.randomElement(using: &self) else { return }
      change(node: &file.graph.node[index], of: file.graph)
    }
  }

  private mutating func change(initializers: inout [ONNXTensorProto]) {
    guard let index = initializers.indices.randomElement(using: &self) else { return }
    let name = initializers[index].name
    let count = Int.random(in: 0..<5, using: &self)
    switch Int.random(in: 0..<4, using: &self) {
    case 0:
      let values = (0..<count).map { _ in pick(Self.numbers) }
      initializers[index] = ONNXTensorProto(TensorData(values, shape: [count]), name: name)
    case 1:
      let values = (0..<count).map { _ in pick(Self.reals) }
      initializers[index] = ONNXTensorProto(TensorData(values, shape: [count]), name: name)
    case 2: initializers[index].dims = (0..<count).map { _ in pick(Self.numbers) }
    default: initializers[index].dataType = Int32.random(in: 0..<18, using: &self)
    }
  }

  private mutating func change(ports: inout [ONNXValueInfoProto]) {
    guard let index = ports.indices.randomElement(using: &self) else { return }
    let dims = (0..<Int.random(in: 0..<6, using: &self)).map { _ in
      "\(pick(Self.numbers.filter { $0 <= 100 }))"
    }
    let type = pick([1, 1, 1, 7, 9, 11, 16] as [Int32])
    ports[index] = .tensor(ports[index].name, dims: dims, elements: type)
  }

  private mutating func change(node: inout ONNXNodeProto, of graph: ONNXGraphProto) {
    switch Int.random(in: 0..<5, using: &self) {
    case 0: node.opType = pick(Self.opTypes)
    case 1: if !node.input.isEmpty { node.input.removeLast() }
    case 2:
      let names = graph.initializer.map(\.name) + graph.input.map(\.name) + [""]
      node.input.append(pick(names))
      if let index = node.input.indices.randomElement(using: &self) {
        node.input[index] = pick(names)
      }
    case 3:
      node.attribute.append(
        ONNXAttributeProto(pick(Self.attributeNames), .int(Int(pick(Self.numbers)))))
    default:
      guard let index = node.attribute.indices.randomElement(using: &self) else { return }
      let count = Int.random(in: 0..<7, using: &self)
      let name = node.attribute[index].name
      let value: ONNXAttribute =
        switch node.attribute[index].type {
        case .int: .int(Int(pick(Self.numbers)))
        case .float: .float(Double(pick(Self.reals)))
        case .ints: .ints((0..<count).map { _ in Int(pick(Self.numbers)) })
        default: .string("DCR")
        }
      node.attribute[index] = ONNXAttributeProto(name, value)
    }
  }

  private static let attributeNames = [
    "axis", "group", "blocksize", "to", "keepdims", "transA", "transB", "start", "end", "ceil_mode",
    "num_outputs", "hidden_size", "allowzero", "alpha", "batch_dims", "block_size",
  ]
}
