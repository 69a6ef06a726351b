import Foundation
import LeptonCompiler
import LeptonGraph
import LeptonONNX
import LeptonOps
import LeptonValues
import Testing

/// Extents that a file leaves open stay so in the file that is made of it.
struct OpenExtentsTests {
  private typealias Node = ONNXNodeProto

  private static func file(
    _ nodes: [Node], _ extents: [String], tensors: [ONNXTensorProto] = []
  ) throws -> Data {
    let dims = extents.map { text in
      var dim = ONNXTensorShapeProto.Dimension()
      if let number = Int64(text) { dim.dimValue = number } else { dim.dimParam = text }
      return dim
    }
    let file = ONNXModelProto.fixture { file in
      file.graph.node = nodes
      file.graph.initializer = tensors
      for place in [0, 1] {
        var port = ONNXValueInfoProto()
        port.name = place == 0 ? "x" : "y"
        port.type.tensorType.elemType = 1
        if place == 0 { port.type.tensorType.shape.dim = dims }
        if place == 0 { file.graph.input = [port] } else { file.graph.output = [port] }
      }
    }
    return try file.serialized()
  }

  private static func node(
    _ opType: String, _ inputs: [String], _ output: String,
    _ attributes: [String: ONNXAttribute] = [:]
  ) -> Node {
    Node(
      ONNXWriter.Emitted(
        opType: opType, name: output, inputs: inputs, outputs: [output], attributes: attributes))
  }

  private static func ints(_ numbers: [Int64], _ name: String) -> ONNXTensorProto {
    ONNXTensorProto(TensorData(numbers, shape: [numbers.count]), name: name)
  }

  private static func importer() -> ONNXImporter {
    var importer = ONNXImporter()
    importer.openExtent = 64
    return importer
  }

  private static func dims(_ data: Data) throws -> [[String]] {
    let graph = try ONNXModelProto(file: data).graph
    return (graph.input + graph.output).map { port in
      port.type.tensorType.shape.dim.map { $0.dimParam.isEmpty ? "\($0.dimValue)" : $0.dimParam }
    }
  }

  /// Splits the last axis by extents that it computes, as attention does.
  private static var splitsHeads: Data {
    get throws {
      try file(
        [
          node("Shape", ["x"], "shape"),
          node("Gather", ["shape", "zero"], "n", ["axis": .int(0)]),
          node("Gather", ["shape", "one"], "t", ["axis": .int(0)]),
          node("Concat", ["n", "t", "heads"], "target", ["axis": .int(0)]),
          node("Reshape", ["x", "target"], "split"),
          node("Transpose", ["split"], "y", ["perm": .ints([0, 2, 1, 3])]),
        ], ["n", "sequence", "8"],
        tensors: [ints([0], "zero"), ints([1], "one"), ints([2, 4], "heads")])
    }
  }

  @Test("a sequence stays open through shape arithmetic")
  func sequence() throws {
    let model = try Self.importer().model(from: Self.splitsHeads)
    #expect(model.facts.openExtents == ["x": [1: "sequence"]])
    let written = try ONNXExporter().data(of: model)
    #expect(
      try Self.dims(written) == [["batch", "sequence", "8"], ["batch", "2", "sequence", "4"]])
    let x = TensorData((0..<2 * 5 * 8).map(Float.init), shape: [2, 5, 8])
    let outputs = try [Self.splitsHeads, written].map { data in
      var importer = ONNXImporter(batch: 2)
      importer.extents = ["sequence": 5]
      return try importer.model(from: data).evaluate(["x": x])
    }
    #expect(outputs[0] == outputs[1])
    #expect(outputs[0][0].shape == [2, 2, 5, 4])
  }

  @Test("height and width stay open through transposed convolutions")
  func image() throws {
    let weights = TensorData((0..<2 * 3 * 4).map { Float($0) / 7 }, shape: [2, 3, 2, 2])
    let data = try Self.file(
      [
        Self.node(
          "ConvTranspose", ["x", "w"], "y",
          ["strides": .ints([2, 2]), "output_padding": .ints([1, 0])])
      ], ["n", "2", "height", "width"], tensors: [ONNXTensorProto(weights, name: "w")])
    let model = try Self.importer().model(from: data)
    let written = try ONNXExporter().data(of: model)
    #expect(
      try Self.dims(written) == [["batch", "2", "height", "width"], ["batch", "3", "0", "0"]])
    let x = TensorData((0..<2 * 3 * 5).map { Float($0) / 9 }, shape: [1, 2, 3, 5])
    let outputs = try [data, written].map { data in
      var importer = ONNXImporter()
      importer.extents = ["height": 3, "width": 5]
      return try importer.model(from: data).evaluate(["x": x])
    }
    #expect(outputs[0] == outputs[1])
    #expect(outputs[0][0].shape == [1, 3, 7, 10])
  }

  /// Padding, parts and halves that follow from the size of the image.
  private static let sized: [(String, [ONNXNodeProto], [ONNXTensorProto])] = [
    (
      "padding to the same size",
      [
        node(
          "MaxPool", ["x"], "y",
          [
            "kernel_shape": .ints([3, 3]), "strides": .ints([2, 2]),
            "auto_pad": .string("SAME_UPPER"),
          ])
      ], []
    ),
    (
      "one half", [node("Split", ["x"], "y", ["axis": .int(2), "num_outputs": .int(2)])], []
    ),
    (
      "padding to a multiple of 32",
      [
        node("Shape", ["x"], "shape"),
        node("Gather", ["shape", "axes"], "extents", ["axis": .int(0)]),
        node("Neg", ["extents"], "negative"),
        node("Mod", ["negative", "multiple"], "missing"),
        node("Concat", ["zeros", "missing"], "pads", ["axis": .int(0)]),
        node("Pad", ["x", "pads"], "y"),
      ],
      [
        ints([2, 3], "axes"), ints([32], "multiple"), ints([0, 0, 0, 0, 0, 0], "zeros"),
      ]
    ),
  ]

  /// What computes along the first axis, with extent 1 as if it did nothing.
  private static let alongExamples: [(String, [ONNXNodeProto])] = [
    ("sums so far", [node("CumSum", ["x", "first"], "y")]),
    ("a triangle", [node("Trilu", ["x"], "y", ["upper": .int(0)])]),
    ("the largest", [node("Hardmax", ["x"], "y", ["axis": .int(0)])]),
    ("one part", [node("Split", ["x"], "y", ["axis": .int(0), "num_outputs": .int(1)])]),
    (
      "the last of the largest",
      [node("ArgMax", ["x"], "y", ["axis": .int(0), "select_last_index": .int(1)])]
    ),
  ]

  @Test(
    "what computes along the first axis is not taken for something that does not",
    arguments: alongExamples.map(\.0), ["n", "1", "4"])
  func examplesMatter(name: String, extent: String) throws {
    let nodes = try #require(Self.alongExamples.first { $0.0 == name }).1
    let first = ONNXTensorProto(TensorData(scalar: Int64(0)), name: "first")
    let data = try Self.file(nodes, [extent, "3"], tensors: [first])
    let model = try ONNXImporter().model(from: data)
    let written = try ONNXExporter().data(of: model)
    let x = TensorData((0..<12).map { Float(($0 * 7) % 5) }, shape: [4, 3])
    let expected = try ONNXImporter(batch: 4).model(
      from: Self.file(nodes, ["n", "3"], tensors: [first])
    )
    .evaluate(["x": x])
    for model in [model, try ONNXImporter(batch: 4).model(from: written)] {
      if let sized = try? model.withBatch(4) {
        #expect(try sized.evaluate(["x": x]) == expected)
      } else {
        #expect(model.facts.batch == (extent == "4" ? 4 : 1))
      }
    }
  }

  /// Tables cut to the length of a sequence, places counted along it, and masks of what comes later.
  private static let placed: [(String, [ONNXNodeProto])] = [
    (
      "rows of a table by a range",
      [
        node("Range", ["nought", "t", "unit"], "places"),
        node("Gather", ["table", "places"], "rows", ["axis": .int(0)]),
        node("Add", ["x", "rows"], "y"),
      ]
    ),
    (
      "the first rows of a table",
      [
        node("Unsqueeze", ["t", "zero"], "end"),
        node("Slice", ["table", "zero", "end", "zero"], "rows"),
        node("Add", ["x", "rows"], "y"),
      ]
    ),
    (
      "every second number, backward",
      [
        node("Range", ["nought", "t", "unit"], "places"),
        node("Cast", ["places"], "reals", ["to": .int(1)]),
        node("Mul", ["reals", "minusTwo"], "even"), node("Add", ["even", "minusTwo"], "shifted"),
        node("Unsqueeze", ["shifted", "one"], "column"), node("Add", ["x", "column"], "y"),
      ]
    ),
    (
      "a mask of what comes later",
      [
        node("Range", ["nought", "t", "unit"], "places"),
        node("Unsqueeze", ["places", "one"], "rows"),
        node("Greater", ["places", "rows"], "later"),
        node("Transpose", ["x"], "turned", ["perm": .ints([0, 2, 1])]),
        node("MatMul", ["x", "turned"], "scores"),
        node("Where", ["later", "minusTwo", "scores"], "y"),
      ]
    ),
    (
      "one axis dropped where two others are open",
      [
        node("Unsqueeze", ["x", "zero"], "more"), node("Squeeze", ["more", "zero"], "y"),
      ]
    ),
  ]

  @Test("places along an open extent are counted", arguments: placed.map(\.0))
  func places(name: String) throws {
    let nodes = [
      Self.node("Shape", ["x"], "shape"),
      Self.node("Gather", ["shape", "index"], "t", ["axis": .int(0)]),
    ]
    let table = TensorData((0..<40 * 3).map { Float($0) / 7 }, shape: [40, 3])
    let data = try Self.file(
      nodes + #require(Self.placed.first { $0.0 == name }).1, ["n", "sequence", "3"],
      tensors: [
        Self.ints([0], "zero"), Self.ints([1], "one"), ONNXTensorProto(table, name: "table"),
        ONNXTensorProto(TensorData(scalar: Int64(1)), name: "index"),
        ONNXTensorProto(TensorData(scalar: Int64(0)), name: "nought"),
        ONNXTensorProto(TensorData(scalar: Int64(1)), name: "unit"),
        ONNXTensorProto(TensorData(scalar: Float(-2)), name: "minusTwo"),
      ])
    var importer = Self.importer()
    importer.openExtent = 16
    let model = try importer.model(from: data)
    let written = try ONNXExporter().data(of: model)
    #expect(try Self.dims(written)[0] == ["batch", "sequence", "3"])
    let x = TensorData((0..<2 * 5 * 3).map { Float($0) / 9 }, shape: [2, 5, 3])
    let outputs = try [data, written].map { data in
      var importer = ONNXImporter(batch: 2)
      importer.extents = ["sequence": 5]
      return try importer.model(from: data).evaluate(["x": x])
    }
    #expect(outputs[0] == outputs[1])
    _ = try Session(model)
  }

  @Test("what follows from one size cannot stay open", arguments: sized.map(\.0))
  func sizedByItself(name: String) throws {
    let (_, nodes, tensors) = try #require(Self.sized.first { $0.0 == name })
    let data = try Self.file(nodes, ["n", "2", "height", "width"], tensors: tensors)
    let error = try #require(throws: LeptonError.self) { try Self.importer().model(from: data) }
    #expect(error.what.contains("cannot stay open"), "\(error)")
    var importer = Self.importer()
    importer.extents = ["height": 50, "width": 40]
    #expect(try importer.model(from: data).facts.openExtents.isEmpty)
  }

  @Test("an extent that the network computes with stays open")
  func computedWith() throws {
    let data = try Self.file(
      [
        Self.node("Shape", ["x"], "shape"),
        Self.node("Gather", ["shape", "one"], "t", ["axis": .int(0)]),
        Self.node("Cast", ["t"], "scale", ["to": .int(1)]),
        Self.node("Mul", ["x", "scale"], "y"),
      ], ["n", "sequence"], tensors: [Self.ints([1], "one")])
    let written = try ONNXExporter().data(of: Self.importer().model(from: data))
    #expect(try Self.dims(written)[0] == ["batch", "sequence"])
    for extent in [4, 7] {
      var importer = ONNXImporter()
      importer.extents = ["sequence": extent]
      let x = TensorData((1...extent).map(Float.init), shape: [1, extent])
      let answer = try importer.model(from: written).evaluate(["x": x])[0]
      #expect(answer.floats == (1...extent).map { Float($0 * extent) })
    }
    var importer = Self.importer()
    importer.extents = ["sequence": 4]
    let model = try importer.model(from: data)
    #expect(model.facts.openExtents.isEmpty)
    #expect(try Self.dims(ONNXExporter().data(of: model))[0] == ["batch", "4"])
  }

  /// What shows for some lengths only: thresholds, the smaller one, roundings.
  private static let thresholds: [(String, [ONNXNodeProto])] = [
    (
      "at most 500 of them",
      [
        node("Min", ["t", "many"], "end"), node("Slice", ["x", "zero", "end", "one"], "y"),
      ]
    ),
    (
      "at least 64 of them",
      [
        node("Sub", ["some", "t"], "missing"), node("Max", ["missing", "zero"], "more"),
        node(
          "Concat", ["zero", "zero", "zero", "zero", "more", "zero"], "pads", ["axis": .int(0)]),
        node("Pad", ["x", "pads"], "y"),
      ]
    ),
    (
      "a window of 256 of them",
      [
        node("Concat", ["t", "t"], "square", ["axis": .int(0)]),
        node("ConstantOfShape", ["square"], "zeros"), node("Add", ["zeros", "unit"], "ones"),
        node("Trilu", ["ones", "reach"], "window", ["upper": .int(1)]),
        node("MatMul", ["window", "x"], "y"),
      ]
    ),
    (
      "pairs of them, filled up to a multiple of 8",
      [
        node("Reshape", ["x", "pairs"], "halves"), node("Reshape", ["halves", "whole"], "again"),
        node("Neg", ["t"], "negative"), node("Mod", ["negative", "eight"], "missing"),
        node(
          "Concat", ["zero", "zero", "zero", "zero", "missing", "zero"], "pads", ["axis": .int(0)]),
        node("Pad", ["again", "pads"], "y"),
      ]
    ),
  ]

  @Test("what some lengths only show is as in the file, or refused", arguments: thresholds.map(\.0))
  func thresholdsAreSeen(name: String) throws {
    let nodes = [
      Self.node("Shape", ["x"], "shape"),
      Self.node("Gather", ["shape", "one"], "t", ["axis": .int(0)]),
    ]
    let data = try Self.file(
      nodes + #require(Self.thresholds.first { $0.0 == name }).1, ["n", "sequence", "3"],
      tensors: [
        Self.ints([0], "zero"), Self.ints([1], "one"), Self.ints([500], "many"),
        Self.ints([64], "some"), Self.ints([8], "eight"), Self.ints([0, -1, 2, 3], "pairs"),
        Self.ints([0, -1, 3], "whole"),
        ONNXTensorProto(TensorData(scalar: Int64(-256)), name: "reach"),
        ONNXTensorProto(TensorData(scalar: Float(1)), name: "unit"),
      ])
    guard let model = try? Self.importer().model(from: data) else { return }
    let written = try ONNXExporter().data(of: model)
    for length in [2, 6, 40, 300, 600] {
      let x = TensorData(
        (0..<length * 3).map { Float(($0 * 7) % 11) - 5 }, shape: [1, length, 3])
      let answers = try [data, written].map { data in
        var importer = ONNXImporter()
        importer.extents = ["sequence": length]
        return try Session(importer.model(from: data)).run([x])
      }
      #expect(answers[0] == answers[1], "\(name): \(length)")
    }
  }

  @Test("extents without names are named by input and axis")
  func nameless() throws {
    let data = try Self.file([Self.node("Relu", ["x"], "y")], ["n", "", "3"])
    let written = try ONNXExporter().data(of: Self.importer().model(from: data))
    #expect(try Self.dims(written)[0] == ["batch", "x.1", "3"])
    var importer = ONNXImporter()
    importer.extents = ["x.1": 5]
    #expect(try importer.model(from: data).graph.dataInputs.count == 1)
    #expect(throws: LeptonError.self) { try ONNXImporter().model(from: data) }
  }

  @Test("extents of two names that must be equal stay open under one")
  func alike() throws {
    let file = ONNXModelProto.fixture { file in
      file.graph.input = [
        .tensor("a", dims: ["n", "s", "3"]), .tensor("b", dims: ["m", "t", "3"]),
      ]
      file.graph.node = [.make("Add", ["a", "b"], ["y"])]
    }
    let written = try ONNXExporter().data(of: Self.importer().model(from: file.serialized()))
    #expect(try Self.dims(written)[..<2] == [["batch", "s", "3"], ["batch", "s", "3"]])
  }

  @Test("sizes that fit none of the open extents are asked for by name")
  func asksForSizes() throws {
    let data = try Self.file(
      [Self.node("MatMul", ["x", "w"], "y")], ["n", "inner"],
      tensors: [ONNXTensorProto(TensorData(zeros: TensorType(.f32, [7, 2])), name: "w")])
    let error = try #require(throws: LeptonError.self) { try Self.importer().model(from: data) }
    #expect(error.fix.contains("--extent inner="), "\(error)")
  }

  @Test("a file for one example that would mix those of several is for one")
  func mixesExamples() throws {
    let shape = Self.ints([1, 3, -1], "shape")
    let data = try Self.file(
      [Self.node("Reshape", ["x", "shape"], "y")], ["1", "3", "4"], tensors: [shape])
    #expect(try ONNXImporter().model(from: data).facts.batch == 1)
  }

  @Test("places of maxima, which count over all examples, are of one number of them")
  func placesOfMaxima() throws {
    let file = ONNXModelProto.fixture { file in
      file.graph.input = [.tensor("x", dims: ["n", "2", "4", "4"])]
      file.graph.output = [.tensor("y", dims: []), .tensor("places", dims: [])]
      file.graph.node = [
        .make("MaxPool", ["x"], ["y", "places"], ["kernel_shape": .ints([2, 2])])
      ]
    }
    let model = try ONNXImporter().model(from: file.serialized())
    let x = TensorData((0..<64).map { Float(($0 * 13) % 31) }, shape: [2, 2, 4, 4])
    let direct = try ONNXImporter(batch: 2).model(from: file.serialized()).evaluate(["x": x])
    if let two = try? model.withBatch(2) {
      #expect(try two.evaluate(["x": x]) == direct)
    } else {
      #expect(model.facts.batch == 1)
    }
  }

  @Test("an image that is brought to a size keeps its number of examples open, nearest too")
  func resized() throws {
    var b = GraphBuilder(name: "resized")
    let x = b.input("x", TensorType(.f32, [1, 2, 14, 14]))
    b.output("y", try b.add(one: Resize2D(mode: .nearest, size: [9, 9]), x))
    let model = Model(graph: b.graph, weights: [:])
    let written = try ONNXExporter().data(of: model)
    #expect(try Self.dims(written) == [["batch", "2", "14", "14"], ["batch", "2", "9", "9"]])
    let images = TensorData((0..<3 * 392).map { Float($0 % 97) }, shape: [3, 2, 14, 14])
    #expect(
      try ONNXImporter(batch: 3).model(from: written).evaluate(["x": images])
        == model.withBatch(3).evaluate(["x": images]))
  }

  @Test(
    "a number of examples that the network computes with stays, here and in the file that it is written to"
  )
  func dependentBatch() throws {
    let data = try Self.file(
      [
        Self.node("Shape", ["x"], "shape"),
        Self.node("Gather", ["shape", "zero"], "n", ["axis": .int(0)]),
        Self.node("Cast", ["n"], "scale", ["to": .int(1)]),
        Self.node("Mul", ["x", "scale"], "y"),
      ], ["n", "3"], tensors: [Self.ints([0], "zero")])
    for batch in [1, 4] {
      let model = try ONNXImporter(batch: batch).model(from: data)
      #expect(model.facts.batch == batch)
      let error = try #require(throws: LeptonError.self) { try model.withBatch(2) }
      #expect(error.what.contains("2 examples") && error.fix.contains("\(batch) at once"))
      let written = try ONNXExporter().data(of: model)
      #expect(try Self.dims(written)[0] == ["\(batch)", "3"])
      let again = try ONNXImporter().model(from: written)
      #expect(again.batch == batch && again.facts.batch == batch)
      #expect(throws: LeptonError.self) { try again.withBatch(2) }
    }
  }
}
