import Foundation
import LeptonGraph
import LeptonONNX
import LeptonOps
import LeptonValues
import Testing

struct ExporterTests {
  /// `relu(x w^T + b)` over `f32[2, 4]`, statistics of nothing, and facts.
  static func model(dtype: DType = .f32) throws -> Model {
    var b = GraphBuilder(name: "dense")
    let x = b.input("x", TensorType(.f32, [2, 4]))
    let w = b.input("dense.weight", TensorType(.f32, [3, 4]), role: .parameter)
    let bias = b.input("dense.bias", TensorType(.f32, [3]), role: .parameter)
    let product = try b.add(one: MatMul(transposeB: true), x, w)
    let sum = try b.add(one: Add(), product, bias)
    b.output("y", try b.add(one: Relu(), sum))
    var facts = Model.Facts()
    facts.name = "dense"
    facts.labels = ["cat", "dog, wet", "Ærøskøbing"]
    facts.task = "classification"
    facts.metrics = ["test.accuracy": 0.1 + 0.2]
    return Model(
      graph: b.graph,
      weights: [
        "dense.weight": TensorData((0..<12).map { Float($0) / 7 - 0.8 }, shape: [3, 4]),
        "dense.bias": TensorData([0.1, -0.2, 1.7] as [Float], shape: [3]),
      ], facts: facts)
  }

  static let x = TensorData((0..<8).map { Float($0) / 3 - 1 }, shape: [2, 4])

  @Test("a model comes back with its weights, names and facts")
  func roundTrip() throws {
    let model = try Self.model()
    let back = try ONNXImporter(batch: 2).model(from: ONNXExporter().data(of: model))
    #expect(back.weights == model.weights)
    #expect(back.facts == model.facts)
    #expect(back.graph.parameters.map(\.name) == model.graph.parameters.map(\.name))
    #expect(try back.evaluate(["x": Self.x]) == model.evaluate(["x": Self.x]))
  }

  @Test("a file that is read and written again is the same file")
  func stable() throws {
    let first = try ONNXExporter().data(of: Self.model())
    let second = try ONNXExporter().data(of: ONNXImporter(batch: 2).model(from: first))
    let names = try [first, second].map { try ONNXModelProto(file: $0).graph.node.map(\.name) }
    #expect(names[0] == names[1])
    #expect(
      try ONNXImporter(batch: 2).model(from: second) == ONNXImporter(batch: 2).model(from: first))
  }

  @Test("the number of examples stays open where the graph allows it")
  func openBatch() throws {
    let file = try ONNXModelProto(file: ONNXExporter().data(of: Self.model()))
    let dims = file.graph.input[0].type.tensorType.shape.dim
    #expect(dims.map(\.dimParam) == ["batch", ""])
    #expect(dims[1].dimValue == 4)
    #expect(file.graph.output[0].type.tensorType.shape.dim.map(\.dimParam) == ["batch", ""])
  }

  @Test("the remainder of whole numbers is one node, exact beyond what doubles hold")
  func modulo() throws {
    let x = TensorData([1 << 53 + 1, -7, 9] as [Int64], shape: [3])
    let model = try OneNode(
      opType: "Mod", x: x, operands: [OneNode.ints(224_297, 3, -4)]
    ).model()
    let file = try ONNXModelProto(file: ONNXExporter().data(of: model))
    #expect(file.graph.node.map(\.opType) == ["Mod"])
    let remainders: [Int64] = [(1 << 53 + 1) % 224_297, 2, -3]
    #expect(try model.evaluate(["x": x])[0] == TensorData(remainders, shape: [3]))
  }

  @Test("the number of examples is stated where an operation depends on it")
  func fixedBatch() throws {
    var b = GraphBuilder(name: "fixed")
    let x = b.input("x", TensorType(.f32, [2, 4]))
    b.output("y", try b.add(one: Reshape([4, 2]), x))
    let data = try ONNXExporter().data(of: Model(graph: b.graph, weights: [:]))
    let file = try ONNXModelProto(file: data)
    #expect(file.graph.input[0].type.tensorType.shape.dim.map(\.dimValue) == [2, 4])
    #expect(try ONNXImporter().model(from: data).evaluate(["x": Self.x])[0].shape == [4, 2])
  }

  @Test("outputs that are inputs, or the same value twice, keep their meaning")
  func sharedOutputs() throws {
    var b = GraphBuilder(name: "shared")
    let x = b.input("x", TensorType(.f32, [2, 4]))
    let y = try b.add(one: Relu(), x)
    b.output("a", y)
    b.output("b", y)
    b.output("c", x)
    let model = Model(graph: b.graph, weights: [:])
    let back = try ONNXImporter(batch: 2).model(from: ONNXExporter().data(of: model))
    #expect(try back.evaluate(["x": Self.x]) == model.evaluate(["x": Self.x]))
  }

  @Test("of two recurrent layers that read a sequence from both ends none is written as reversed")
  func bothEnds() throws {
    var b = GraphBuilder(name: "both")
    let x = b.input("x", TensorType(.f32, [4, 2, 3]))
    func numbers(_ shape: Shape, _ seed: Int) throws -> Value {
      let values = (0..<shape.elementCount).map { Float(($0 * 31 + seed) % 17) / 17 - 0.5 }
      return try b.add(one: Constant(TensorData(values, shape: shape)))
    }
    for (name, reversed) in [("there", false), ("back", true)] {
      let seed = reversed ? 5 : 1
      let operands = try [
        numbers([20, 3], seed), numbers([20, 5], seed + 1), numbers([20], seed + 2),
        numbers([20], seed + 3),
      ]
      let results = try b.add(LSTM(reversed: reversed), [x] + operands)
      for (index, result) in results.enumerated() { b.output("\(name)\(index)", result) }
    }
    let model = Model(graph: b.graph, weights: [:])
    let data = try ONNXExporter().data(of: model)
    let nodes = try ONNXModelProto(file: data).graph.node.filter { $0.opType == "LSTM" }
    #expect(nodes.count == 2)
    for node in nodes {
      #expect(node.attribute.first { $0.name == "direction" }?.s == Data("forward".utf8))
    }
    let feed = ["x": TensorData((0..<24).map { Float($0) / 9 - 1 }, shape: [4, 2, 3])]
    let back = try ONNXImporter(batch: 4).model(from: data)
    for (one, other) in zip(try back.evaluate(feed), try model.evaluate(feed)) {
      expectClose(one, other, "both ends")
    }
  }

  @Test("an output that is the input keeps its name")
  func inputAsOutput() throws {
    var b = GraphBuilder(name: "same")
    let x = b.input("x", TensorType(.f32, [2, 3]))
    b.output("y", x)
    b.output("x", x)
    let file = try ONNXModelProto(
      file: ONNXExporter().data(of: Model(graph: b.graph, weights: [:])))
    #expect(file.graph.output.map(\.name) == ["y", "x"])
    let feed = TensorData((0..<6).map(Float.init), shape: [2, 3])
    let back = try ONNXImporter(batch: 2).model(from: file.serialized())
    #expect(try back.evaluate(["x": feed]) == [feed, feed])
  }

  @Test("state stays state and constants stay constants")
  func roles() throws {
    var b = GraphBuilder(name: "roles")
    let x = b.input("x", TensorType(.f32, [2, 4]))
    let mean = b.input("mean", TensorType(.f32, [4]), role: .state)
    let centred = try b.add(one: Subtract(), x, mean)
    let scale = try b.constant(TensorData([1, 2, 3, 4] as [Float], shape: [4]))
    b.output("y", try b.add(one: Multiply(), centred, scale))
    let model = Model(
      graph: b.graph, weights: ["mean": TensorData([4, 3, 2, 1] as [Float], shape: [4])])
    let back = try ONNXImporter(batch: 2).model(from: ONNXExporter().data(of: model))
    #expect(back.graph.residents.map(\.name) == ["mean"])
    #expect(back.graph.residents.map(\.role) == [.state])
    #expect(try back.evaluate(["x": Self.x]) == model.evaluate(["x": Self.x]))
  }

  @Test("weights stored in bf16 come back as f32, rounded")
  func bf16() throws {
    let model = try Self.model()
    let data = try ONNXExporter(storage: .bf16).data(of: model)
    let back = try ONNXImporter(batch: 2).model(from: data)
    for (name, weights) in model.weights {
      #expect(back.weights[name] == weights.converted(to: .bf16).converted(to: .f32))
    }
    #expect(back.graph.nodes.map(\.op.name) == ["matmul", "add", "relu"])
  }

  @Test("large weights go into a file beside the model, and are found there")
  func externalWeights() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appendingPathComponent("model.onnx")
    var b = GraphBuilder(name: "large")
    let x = b.input("x", TensorType(.f32, [1, 400]))
    let w = b.input("w", TensorType(.f32, [400]), role: .parameter)
    let v = b.input("v", TensorType(.f32, [400]), role: .parameter)
    b.output("y", try b.add(one: Add(), b.add(one: Multiply(), x, w), v))
    let elements = { (k: Float) in TensorData((0..<400).map { Float($0) * k }, shape: [400]) }
    let model = Model(graph: b.graph, weights: ["w": elements(2), "v": elements(3)])
    var exporter = ONNXExporter()
    exporter.largestEmbedding = 1000
    try exporter.write(model, to: url)
    #expect(try folder.names == ["model.onnx", "model.onnx.data"])
    #expect(try Model(onnx: url).weights == model.weights)

    let data = folder.url.appendingPathComponent("model.onnx.data")
    try Data(contentsOf: data).dropLast(8).write(to: data)
    #expect(throws: LeptonError.self) { try Model(onnx: url) }
  }

  @Test(
    "external data outside the model's folder is refused", arguments: ["../w", "/etc/hostname"])
  func externalEscape(location: String) throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appendingPathComponent("model.onnx")
    let file = ONNXModelProto.fixture { file in
      file.graph.initializer[0].rawData = Data()
      file.graph.initializer[0].dataLocation = .external
      var entry = ONNXStringStringEntryProto()
      entry.key = "location"
      entry.value = location
      file.graph.initializer[0].externalData = [entry]
    }
    try file.serialized().write(to: url)
    let error = try #require(throws: LeptonError.self) { try Model(onnx: url) }
    #expect(error.what.contains("outside the folder"))
  }

  @Test("a failed write leaves the old file and nothing else")
  func atomic() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appendingPathComponent("model.onnx")
    try Self.model().writeONNX(to: url)
    try Self.model().writeONNX(to: url)
    #expect(try folder.names == ["model.onnx"])
    let error = try #require(throws: LeptonError.self) {
      try Self.model().writeONNX(to: url.appendingPathComponent("below.onnx"))
    }
    #expect(error.kind == .io)
    #expect(try folder.names == ["model.onnx"])
  }

  @Test(
    "the zero point of signed integers that are then only moved is left out", arguments: [20, 21])
  func movedIntegers(opset: Int) throws {
    var b = GraphBuilder(name: "moved")
    let x = b.input("x", TensorType(.f32, [2, 3, 4]))
    let scale = try b.add(one: Constant(TensorData(scalar: Float(0.25))))
    let zero = try b.add(one: Constant(TensorData(scalar: Int8(0))))
    let integers = try b.add(one: Quantize(dtype: .i8), x, scale, zero)
    let real = try b.add(one: Dequantize(), integers, scale, zero)
    b.output("moved", try b.add(one: Reshape([2, 12]), real))
    b.output("doubled", try b.add(one: Add(), x, b.add(one: Dequantize(), integers, scale, zero)))
    let model = Model(graph: b.graph, weights: [:])
    let data = try ONNXExporter(opset: opset).data(of: model)
    let nodes = try ONNXModelProto(file: data).graph.node.filter { $0.opType == "DequantizeLinear" }
    #expect(nodes.map(\.input.count) == (opset == 20 ? [3, 3] : [2, 3]))
    let feed = ["x": TensorData((0..<24).map { Float($0) / 5 - 2 }, shape: [2, 3, 4])]
    let back = try ONNXImporter(batch: 2).model(from: data)
    #expect(try back.evaluate(feed) == model.evaluate(feed))
  }

  @Test("what has no ONNX form is refused by name")
  func noForm() throws {
    var b = GraphBuilder(name: "gradient")
    let y = b.input("y", TensorType(.f32, [2]))
    b.output("g", try b.add(one: ReluGradient(), y, y))
    let error = try #require(throws: LeptonError.self) {
      try ONNXExporter().data(of: Model(graph: b.graph, weights: [:]))
    }
    #expect(error.what.contains("reluGradient"))
  }
}

/// A folder that goes when the test ends.
final class TemporaryFolder {
  let url = FileManager.default.temporaryDirectory
    .appendingPathComponent("lepton-onnx-\(UUID().uuidString)")

  init() throws {
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: url.path).sorted() }
  }
}
