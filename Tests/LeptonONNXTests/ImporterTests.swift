import Foundation
import LeptonGraph
import LeptonONNX
import LeptonValues
import Testing

struct ImporterTests {
  @Test("trained tensors become parameters under the names of the file")
  func parameters() throws {
    let model = try ONNXModelProto.fixture().imported()
    #expect(model.graph.parameters.map(\.name) == ["w"])
    #expect(model.weights["w"]?.floats == [1, 2, 3])
    #expect(model.graph.dataInputs.map(\.name) == ["x"])
    #expect(model.graph.outputs.map(\.name) == ["y"])
  }

  @Test("an open first extent takes the batch that is asked for, and another one later")
  func batch() throws {
    let file = ONNXModelProto.fixture()
    #expect(
      try file.imported().graph.type(of: file.imported().graph.inputs[0].value).shape == [1, 3])
    let model = try file.imported(batch: 2).withBatch(4)
    let x = TensorData([Float](repeating: 1, count: 12), shape: [4, 3])
    #expect(try model.evaluate(["x": x])[0].floats == [2, 3, 4, 2, 3, 4, 2, 3, 4, 2, 3, 4])
  }

  /// `x.view(x.size(0), -1)` and `x.view(x.size(0), 3 * x.size(2))` as PyTorch exports them.
  @Test("shape arithmetic with the batch size leaves the graph open to other sizes")
  func shapeArithmetic() throws {
    let file = ONNXModelProto.fixture { file in
      file.graph.input = [.tensor("x", dims: ["batch", "3", "4"])]
      file.graph.initializer = [
        .integers([0], "zero"), .integers([2], "two"), .integers([3], "three"),
        .integers([-1], "rest"),
      ]
      file.graph.node = [
        .make("Shape", ["x"], ["shape"]),
        .make("Gather", ["shape", "zero"], ["b"], ["axis": .int(0)]),
        .make("Gather", ["shape", "two"], ["width"], ["axis": .int(0)]),
        .make("Mul", ["width", "three"], ["count"]),
        .make("Concat", ["b", "count"], ["s1"], ["axis": .int(0)]),
        .make("Concat", ["b", "rest"], ["s2"], ["axis": .int(0)]),
        .make("Mul", ["b", "two"], ["b2"]),
        .make("Concat", ["b2", "rest"], ["s3"], ["axis": .int(0)]),
        .make("Reshape", ["x", "s1"], ["y1"]),
        .make("Reshape", ["x", "s2"], ["y2"]),
        .make("Reshape", ["x", "s3"], ["y3"]),
      ]
      file.graph.output = ["y1", "y2"].map { .tensor($0, dims: []) }
    }
    let model = try file.imported()
    #expect(model.graph.nodes.allSatisfy { $0.op.name == "reshape" })
    #expect(model.graph.parameters.isEmpty)
    let x = TensorData((0..<60).map(Float.init), shape: [5, 3, 4])
    for result in try model.withBatch(5).evaluate(["x": x]) {
      #expect(result == x.reshaped(to: [5, 12]))
    }
  }

  /// A class token as PyTorch exports it: `token.expand(x.size(0), -1, -1)`, and zeros for every example.
  @Test("what is repeated for each example leaves the graph open to other sizes")
  func repeatedForExamples() throws {
    let file = ONNXModelProto.fixture { file in
      file.graph.input = [.tensor("x", dims: ["batch", "2", "3"])]
      file.graph.initializer = [
        ONNXTensorProto(TensorData([7, 8, 9] as [Float], shape: [1, 1, 3]), name: "token"),
        .integers([0], "zero"), .integers([-1, -1], "kept"), .integers([1, 3], "row"),
      ]
      let one = TensorData([1] as [Float], shape: [1])
      file.graph.node = [
        .make("Shape", ["x"], ["shape"]),
        .make("Gather", ["shape", "zero"], ["b"], ["axis": .int(0)]),
        .make("Concat", ["b", "kept"], ["extents"], ["axis": .int(0)]),
        .make("Abs", ["extents"], ["s1"]),
        .make("Expand", ["token", "s1"], ["tokens"]),
        .make("Concat", ["b", "row"], ["s2"], ["axis": .int(0)]),
        .make("ConstantOfShape", ["s2"], ["ones"], ["value": .tensor(one)]),
        .make("Concat", ["tokens", "x", "ones"], ["y"], ["axis": .int(1)]),
      ]
      file.graph.output = [.tensor("y", dims: [])]
    }
    let model = try file.imported()
    let written = try ONNXModelProto(file: ONNXExporter().data(of: model))
    #expect(written.graph.input[0].type.tensorType.shape.dim[0].dimParam == "batch")
    let back = try ONNXImporter(batch: 1).model(from: written.serialized())
    let x = TensorData([Float](repeating: .nan, count: 30), shape: [5, 2, 3])
    let row: [Float] = [7, 8, 9] + [Float](repeating: .nan, count: 6) + [1, 1, 1]
    let rows = [[Float]](repeating: row, count: 5).flatMap { $0 }
    for model in [model, back] {
      let y = try model.withBatch(5).evaluate(["x": x])[0]
      expectClose(y, TensorData(rows, shape: [5, 4, 3]), "y")
    }
  }

  @Test("a constant that is not the same for each example keeps its batch size")
  func countedExamples() throws {
    let file = ONNXModelProto.fixture { file in
      file.graph.initializer = [
        .integers([0], "zero"), ONNXTensorProto(TensorData(scalar: Int64(0)), name: "start"),
        ONNXTensorProto(TensorData(scalar: Int64(1)), name: "step"), .integers([1], "last"),
      ]
      file.graph.node = [
        .make("Shape", ["x"], ["shape"]),
        .make("Gather", ["shape", "start"], ["b"], ["axis": .int(0)]),
        .make("Range", ["start", "b", "step"], ["numbers"]),
        .make("Unsqueeze", ["numbers", "last"], ["column"]),
        .make("Cast", ["column"], ["reals"], ["to": .int(1)]),
        .make("Add", ["x", "reals"], ["y"]),
      ]
    }
    let written = try ONNXModelProto(file: ONNXExporter().data(of: file.imported(batch: 3)))
    #expect(written.graph.input[0].type.tensorType.shape.dim[0].dimValue == 3)
  }

  @Test(
    "normalisations that share their tensors, as exporters of untrained networks write them, get their own"
  )
  func sharedTensors() throws {
    let file = ONNXModelProto.fixture { file in
      file.graph.input = [.tensor("x", dims: ["batch", "2"])]
      file.graph.initializer = [("ones", [1, 1]), ("noughts", [0, 0])].map {
        ONNXTensorProto(TensorData($1 as [Float], shape: [2]), name: $0)
      }
      file.graph.node = [
        .make("Identity", ["ones"], ["variance"]),
        .make("BatchNormalization", ["x", "ones", "noughts", "noughts", "variance"], ["n"]),
        .make("BatchNormalization", ["n", "ones", "noughts", "noughts", "variance"], ["y"]),
      ]
    }
    let model = try file.imported(batch: 4)
    let residents = model.graph.residents
    #expect(residents.count == 8 && Set(residents.map(\.name)).count == 8)
    #expect(residents.filter { $0.role == .state }.count == 4)
    let x = TensorData([1, -2, 3, 4, 0, 5, -6, 7] as [Float], shape: [4, 2])
    expectClose(try model.evaluate(["x": x])[0], x, "y", tolerance: 1e-4)
  }

  @Test("an extent that no input has is refused, with the nearest")
  func unknownExtent() throws {
    let file = ONNXModelProto.fixture { file in
      file.graph.input = [.tensor("x", dims: ["batch", "width"])]
      file.graph.node = [.make("Relu", ["x"], ["y"])]
    }
    let error = try #require(throws: LeptonError.self) {
      try ONNXImporter(extents: ["widh": 3]).model(from: file.serialized())
    }
    #expect(error.kind == .usage && error.fix.contains("'width'"))
  }

  @Test("running statistics of a batch normalisation become state")
  func state() throws {
    let file = ONNXModelProto.fixture { file in
      file.graph.input = [.tensor("x", dims: ["batch", "2"])]
      file.graph.initializer = ["scale", "bias", "mean", "variance"].map {
        ONNXTensorProto(TensorData([1, 2] as [Float], shape: [2]), name: $0)
      }
      file.graph.node = [
        .make("BatchNormalization", ["x", "scale", "bias", "mean", "variance"], ["y"])
      ]
    }
    let graph = try file.imported().graph
    #expect(graph.parameters.map(\.name) == ["scale", "bias"])
    #expect(graph.inputs.filter { $0.role == .state }.map(\.name) == ["mean", "variance"])
  }

  @Test("settings and quantised weights are constants, unused tensors nothing")
  func constants() throws {
    let file = ONNXModelProto.fixture { file in
      file.graph.initializer = [
        ONNXTensorProto(TensorData([1, 2, 3] as [Int8], shape: [3]), name: "q"),
        ONNXTensorProto(TensorData(scalar: Float(0.5)), name: "step"),
        ONNXTensorProto(TensorData([9] as [Float], shape: [1]), name: "unused"),
      ]
      file.graph.node = [
        .make("DequantizeLinear", ["q", "step"], ["w"]), .make("Mul", ["x", "w"], ["y"]),
      ]
    }
    let model = try file.imported()
    #expect(model.graph.residents.isEmpty)
    let names = model.graph.nodes.map(\.op.name)
    #expect(names.contains("dequantize"))
    let x = TensorData([1, 1, 1] as [Float], shape: [1, 3])
    #expect(try model.evaluate(["x": x])[0].floats == [0.5, 1, 1.5])
  }

  @Test("nodes out of order are sorted")
  func order() throws {
    let file = ONNXModelProto.fixture { file in
      file.graph.node = [.make("Relu", ["a"], ["y"]), .make("Add", ["x", "w"], ["a"])]
    }
    #expect(try file.imported().graph.nodes.map(\.op.name) == ["add", "relu"])
  }

  @Test("an unknown operator is named with the nearest known one")
  func unknownOperator() throws {
    let file = ONNXModelProto.fixture { $0.graph.node[0].opType = "Softmacks" }
    let error = try #require(throws: LeptonError.self) { try file.imported() }
    #expect(error.place == "fixture.onnx: node 'Add_y' (Softmacks)")
    #expect(error.fix == "the nearest that is: Softmax")
  }

  @Test("other tools' metadata becomes lineage")
  func metadata() throws {
    let file = ONNXModelProto.fixture { file in
      file.producerName = "pytorch"
      file.producerVersion = "2.9"
      var entry = ONNXStringStringEntryProto()
      entry.key = "stride"
      entry.value = "32"
      file.metadataProps = [entry]
    }
    let facts = try file.imported().facts
    #expect(facts.lineage == ["producer": "pytorch 2.9", "stride": "32"])
    #expect(facts.name == "fixture")
  }
}
