import Foundation
import LeptonGraph
import LeptonONNX
import LeptonValues
import Testing

/// Branches, loops, sequences and functions of a file: worked out while it is read.
@Suite("The structure of a file")
struct StructureTests {
  static let x = TensorData([1, 2, 3] as [Float], shape: [3])

  func run(
    _ model: ONNXModelProto, _ feeds: [String: TensorData]
  ) throws -> (results: [TensorData], bound: Set<String>) {
    let read = try ONNXImporter().specialized(
      from: model.serialized(), to: feeds.mapValues { .tensor($0) })
    return (try read.model.evaluate(feeds), read.bound)
  }

  /// `y = f(x)` by one node over `f32[3]`.
  func model(
    _ node: ONNXNodeProto, inputs: [ONNXValueInfoProto] = [], constants: [ONNXTensorProto] = []
  ) -> ONNXModelProto {
    .fixture { model in
      model.graph.input = [.tensor("x", dims: ["3"])] + inputs
      model.graph.initializer = constants
      model.graph.node = [node]
    }
  }

  func branch(_ condition: String) -> ONNXNodeProto {
    var node = ONNXNodeProto.make("If", [condition], ["y"])
    for (name, opType) in [("then_branch", "Neg"), ("else_branch", "Exp")] {
      node.attribute.append(.graph(name, nodes: [.make(opType, ["x"], [name])], outputs: [name]))
    }
    return node
  }

  @Test("If with a known condition is the branch alone")
  func knownBranch() throws {
    let constant = ONNXTensorProto(TensorData(scalar: true), name: "c")
    let read = try ONNXImporter().model(
      from: model(branch("c"), constants: [constant]).serialized())
    #expect(read.graph.nodes.count == 1)
    #expect(try read.evaluate(["x": Self.x])[0].floats == [-1, -2, -3])
  }

  @Test("If with a condition that is fed chooses between both branches", arguments: [true, false])
  func fedBranch(_ condition: Bool) throws {
    let file = model(branch("c"), inputs: [.tensor("c", dims: [], elements: 9)])
    let (results, bound) = try run(file, ["x": Self.x, "c": TensorData(scalar: condition)])
    #expect(bound.isEmpty)
    let expected = condition ? [-1, -2, -3] : [1, 2, 3].map { exp($0) as Float }
    #expect(zip(results[0].floats, expected).allSatisfy { abs($0 - $1) < 1e-5 })
  }

  /// `sum += x` as often as `trips` says, the sums collected.
  func loop(_ trips: Int64, while condition: String = "keep") -> ONNXModelProto {
    var node = ONNXNodeProto.make("Loop", ["trips", "", "x"], ["last", "y"])
    node.attribute = [
      .graph(
        "body",
        nodes: [
          .make("Identity", ["keep"], ["next"]), .make("Add", ["sum", "x"], ["more"]),
          .make("Identity", ["more"], ["row"]),
        ], inputs: ["round", "keep", "sum"], outputs: ["next", "more", "row"])
    ]
    return model(node, constants: [ONNXTensorProto(TensorData(scalar: trips), name: "trips")])
  }

  @Test("Loop goes as many rounds as it says, and collects what its body makes")
  func loops() throws {
    let (results, _) = try run(loop(3), ["x": Self.x])
    #expect(results[0].shape == [3, 3])
    #expect(results[0].floats == [2, 4, 6, 3, 6, 9, 4, 8, 12])
  }

  @Test("a loop of 2^63 rounds is refused")
  func endless() throws {
    let error = try #require(throws: LeptonError.self) { try run(loop(.max), ["x": Self.x]) }
    #expect(error.kind == .badInput)
    #expect(error.description.contains("4096 rounds"), "\(error)")
  }

  @Test("Scan runs its body over slices, and backward")
  func scans() throws {
    var node = ONNXNodeProto.make("Scan", ["start", "x"], ["last", "y"])
    node.attribute = [
      ONNXAttributeProto("num_scan_inputs", .int(1)),
      ONNXAttributeProto("scan_input_directions", .ints([1])),
      .graph(
        "body",
        nodes: [.make("Add", ["sum", "part"], ["more"]), .make("Identity", ["more"], ["row"])],
        inputs: ["sum", "part"], outputs: ["more", "row"]),
    ]
    let start = ONNXTensorProto(TensorData(scalar: Float(10)), name: "start")
    let (results, _) = try run(model(node, constants: [start]), ["x": Self.x])
    #expect(results[0].floats == [13, 15, 16])
  }

  /// Ifs within each other's branches, in the first one only or in both.
  func nested(_ levels: Int, inBoth: Bool) -> ONNXNodeProto {
    var inner = ONNXNodeProto.make("Neg", ["x"], ["y0"])
    for level in 1...levels {
      let result = "y\(level - 1)"
      var node = ONNXNodeProto.make("If", ["c"], ["y\(level)"])
      let other = inBoth ? inner : .make("Exp", ["x"], [result])
      node.attribute = [
        .graph("then_branch", nodes: [inner], outputs: [result]),
        .graph("else_branch", nodes: [other], outputs: [result]),
      ]
      inner = node
    }
    inner.output = ["y"]
    return inner
  }

  @Test("branches within branches are read, down to a bound")
  func deep() throws {
    let constants = [ONNXTensorProto(TensorData(scalar: true), name: "c")]
    let file = model(nested(20, inBoth: false), constants: constants)
    #expect(try run(file, ["x": Self.x]).results[0].floats == [-1, -2, -3])
    for levels in [33, 100] {
      let deeper = model(nested(levels, inBoth: false), constants: constants)
      #expect(throws: LeptonError.self) { try run(deeper, ["x": Self.x]) }
    }
  }

  @Test("conditions that are fed, within each other, cost no more than they are worth")
  func manyChoices() throws {
    let file = model(nested(8, inBoth: true), inputs: [.tensor("c", dims: [], elements: 9)])
    let (results, bound) = try run(file, ["x": Self.x, "c": TensorData(scalar: true)])
    #expect(bound == ["c"])
    #expect(results[0].floats == [-1, -2, -3])
  }

  @Test("functions take attributes, default ones too, and may leave inputs out")
  func functions() throws {
    var file = model(.make("Scaled", ["x"], ["y"], ["slope": .float(0.5)]))
    file.graph.node[0].domain = "own"
    var body = ONNXNodeProto.make("LeakyRelu", ["negative"], ["b"])
    var slope = ONNXAttributeProto()
    slope.name = "alpha"
    slope.type = .float
    slope.refAttrName = "slope"
    body.attribute = [slope]
    var function = ONNXFunctionProto()
    function.name = "Scaled"
    function.domain = "own"
    function.input = ["a", "unused"]
    function.output = ["b"]
    function.attribute = ["slope"]
    function.node = [.make("Neg", ["a"], ["negative"]), body]
    function.opsetImport = file.opsetImport
    file.functions = [function]
    #expect(try run(file, ["x": Self.x]).results[0].floats == [-0.5, -1, -1.5])
  }

  @Test("a function that calls itself is refused")
  func recursion() throws {
    var file = model(.make("Self", ["x"], ["y"]))
    file.graph.node[0].domain = "own"
    var function = ONNXFunctionProto()
    function.name = "Self"
    function.domain = "own"
    function.input = ["a"]
    function.output = ["b"]
    function.node = [.make("Self", ["a"], ["b"])]
    function.node[0].domain = "own"
    file.functions = [function]
    let error = try #require(throws: LeptonError.self) { try run(file, ["x": Self.x]) }
    #expect(error.description.contains("must not call itself"), "\(error)")
  }

  @Test("sequences are taken apart and put together again")
  func sequences() throws {
    let file = ONNXModelProto.fixture { model in
      model.graph.input = [.tensor("x", dims: ["3"])]
      model.graph.initializer = [
        ONNXTensorProto(TensorData(scalar: Int64(-1)), name: "last"),
        ONNXTensorProto(TensorData(scalar: Int64(0)), name: "first"),
      ]
      model.graph.node = [
        .make("SplitToSequence", ["x"], ["s"]),
        .make("SequenceAt", ["s", "last"], ["end"]),
        .make("SequenceErase", ["s", "last"], ["t"]),
        .make("SequenceInsert", ["t", "end", "first"], ["u"]),
        .make("ConcatFromSequence", ["u"], ["y"], ["axis": .int(0)]),
      ]
    }
    #expect(try run(file, ["x": Self.x]).results[0].floats == [3, 1, 2])
  }
}

extension ONNXAttributeProto {
  /// A subgraph whose ports have no types.
  static func graph(
    _ name: String, nodes: [ONNXNodeProto], inputs: [String] = [], outputs: [String]
  ) -> ONNXAttributeProto {
    func port(_ name: String) -> ONNXValueInfoProto {
      var port = ONNXValueInfoProto()
      port.name = name
      return port
    }
    var attribute = ONNXAttributeProto()
    attribute.name = name
    attribute.type = .graph
    attribute.g.node = nodes
    attribute.g.input = inputs.map(port)
    attribute.g.output = outputs.map(port)
    return attribute
  }
}
