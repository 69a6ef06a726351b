import Foundation
import LeptonGraph
import LeptonONNX
import LeptonOps
import LeptonValues
import Testing

struct WeightStorageTests {
  /// A dense layer with weights [K, N], one with [N, K], and a convolution of which one axis is too short for a scale.
  private static func model() throws -> Model {
    var b = GraphBuilder(name: "layers")
    let x = b.input("x", TensorType(.f32, [2, 40]))
    let plain = b.input("plain", TensorType(.f32, [40, 48]), role: .parameter)
    let turned = b.input("turned", TensorType(.f32, [16, 48]), role: .parameter)
    let depthwise = b.input("depthwise", TensorType(.f32, [16, 1, 3, 3]), role: .parameter)
    let hidden = try b.add(one: MatMul(), x, plain)
    let rows = try b.add(one: MatMul(transposeB: true), hidden, turned)
    let image = try b.add(one: Reshape([0, 16, 1, 1]), rows)
    b.output(
      "y",
      try b.add(one: Conv2D(padding: [1, 1, 1, 1], groups: 16), image, depthwise))
    func weights(_ shape: Shape) -> TensorData {
      TensorData(
        (0..<shape.elementCount).map { Float(($0 * 7919) % 2003 - 1001) / 1001 }, shape: shape)
    }
    return Model(
      graph: b.graph,
      weights: [
        "plain": weights([40, 48]), "turned": weights([16, 48]),
        "depthwise": weights([16, 1, 3, 3]),
      ])
  }

  @Test("weights in four bits come back as what they were rounded to", arguments: [16, 32, 64])
  func fourBits(block: Int) throws {
    let model = try Self.model()
    let storage = WeightStorage.int4(block: block)
    let rounded = storage.rounding(model)
    let data = try ONNXExporter(storage: storage).data(of: model)
    let back = try ONNXImporter(batch: 2).model(from: data)
    #expect(back.weights == rounded.weights)
    #expect(back.graph.nodes.map(\.op.name) == model.graph.nodes.map(\.op.name))
    #expect(rounded.weights["depthwise"] == model.weights["depthwise"])
    for name in ["plain", "turned"] {
      let (exact, near) = (model.weights[name]!.floats, rounded.weights[name]!.floats)
      let error = zip(exact, near).map { abs($0 - $1) }.max()!
      // A step is an eighth of the largest of a block; the far end of the range is a whole step short.
      #expect(error > 0 && error <= 1.001 / 8)
    }
    let file = try ONNXModelProto(file: data)
    let stored = file.graph.initializer.first { $0.name == "plain.int4" }
    #expect(stored?.rawData.count == 40 * 48 / 2)
    let scales = file.graph.initializer.first { $0.name == "plain.scale" }
    #expect(scales?.dims == [Int64((40 + block - 1) / block), 48])
  }

  @Test("what is no number stays as it is")
  func notFinite() throws {
    var model = try Self.model()
    var weights = model.weights["plain"]!.floats
    weights[3] = .nan
    model.weights["plain"] = TensorData(weights, shape: [40, 48])
    let data = try ONNXExporter(storage: .int4(block: 32)).data(of: model)
    let back = try ONNXImporter(batch: 2).model(from: data)
    #expect(back.weights["plain"]!.floats[3].isNaN)
    #expect(Array(back.weights["plain"]!.floats.dropFirst(4)) == Array(weights.dropFirst(4)))
  }

  @Test("numbers next to zero become zero")
  func subnormal() throws {
    var model = try Self.model()
    var weights = [Float](repeating: 0, count: 40 * 48)
    weights[3] = 1e-45
    model.weights["plain"] = TensorData(weights, shape: [40, 48])
    let rounded = WeightStorage.int4(block: 32).rounding(model)
    #expect(rounded.weights["plain"]!.floats.allSatisfy { $0 == 0 })
  }

  @Test("arithmetic of bytes came with opset 14", arguments: [(13, false), (14, true)])
  func bytes(opset: Int, isThere: Bool) throws {
    var b = GraphBuilder(name: "bytes")
    let x = b.input("x", TensorType(.u8, [3]))
    b.output("y", try b.add(one: Add(), x, x))
    let data = try? ONNXExporter(opset: opset).data(of: Model(graph: b.graph, weights: [:]))
    #expect((data != nil) == isThere)
  }

  @Test("a type that came later than the operator set is refused", arguments: [13, 20])
  func tooOld(opset: Int) throws {
    let exporter = ONNXExporter(opset: opset, storage: .int4(block: 32))
    let error = try #require(throws: LeptonError.self) { try exporter.data(of: Self.model()) }
    #expect(error.kind == .badInput)
    #expect(error.fix.contains("opset 21"))
  }

  @Test("operator sets that are not are refused", arguments: [-1, 12, 29])
  func unknown(opset: Int) throws {
    let error = try #require(throws: LeptonError.self) {
      try ONNXExporter(opset: opset).data(of: Self.model())
    }
    #expect(error.kind == .usage)
  }

  @Test("the version of the format is that of the operator set")
  func versions() throws {
    let versions = try [13, 15, 19, 21, 23, 24, 25, 28].map {
      try ONNXModelProto(file: ONNXExporter(opset: $0).data(of: Self.model())).irVersion
    }
    #expect(versions == [7, 8, 9, 10, 11, 12, 13, 14])
  }
}
