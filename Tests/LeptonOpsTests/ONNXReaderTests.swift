import LeptonGraph
import LeptonOps
import LeptonValues
import Testing

/// Forms of ONNX nodes that no operation writes, and that exporters do.
@Suite("ONNX readers")
struct ONNXReaderTests {
  /// Reads one node over a 2 x 3 x 4 input of 0, 1, 2, ... and evaluates its first output.
  func read(
    _ opType: String, _ attributes: [String: ONNXAttribute] = [:], constants: [TensorData?] = [],
    shape: Shape = [2, 3, 4], output: Int = 0, outputCount: Int = 1, opset: Int = 21
  ) throws -> (result: TensorData, graph: Graph) {
    let x = TensorData((0..<shape.elementCount).map { Float($0) }, shape: shape)
    var context = ONNXReadContext(builder: GraphBuilder()) { try $1.constant($0) }
    var inputs: [Value?] = [context.builder.input("x", x.type)]
    for data in constants { inputs.append(try data.map { try context.addConstant($0) }) }
    let results = try context.read(
      opType, inputs, attributes, outputCount: outputCount, opset: opset)
    context.builder.output("y", results[output])
    return (try context.builder.graph.evaluate([x])[0], context.builder.graph)
  }

  func ints(_ numbers: Int64...) -> TensorData {
    TensorData(numbers, shape: [numbers.count])
  }

  @Test("Slice takes attributes, or operands whose ends are the largest number")
  func slice() throws {
    let old = try read(
      "Slice", ["starts": .ints([1]), "ends": .ints([3]), "axes": .ints([-1])], opset: 9)
    #expect(old.result.shape == [2, 3, 2])
    #expect(old.result.floats.prefix(4) == [1, 2, 5, 6])
    let new = try read("Slice", constants: [ints(1), ints(.max), ints(2), ints(2)])
    #expect(new.result.shape == [2, 3, 2])
    #expect(new.result.floats.prefix(4) == [1, 3, 5, 7])
    let backward = try read("Slice", constants: [ints(-1), ints(.min), ints(2), ints(-1)])
    #expect(backward.result.floats.prefix(4) == [3, 2, 1, 0])
  }

  @Test("Split makes equal parts, or parts of the given extents")
  func split() throws {
    let equal = try read("Split", ["axis": .int(2)], output: 1, outputCount: 2)
    #expect(equal.result.floats.prefix(4) == [2, 3, 6, 7])
    let given = try read(
      "Split", ["axis": .int(1)], constants: [ints(1, 2)], output: 1, outputCount: 2)
    #expect(given.result.shape == [2, 2, 4])
    let old = try read(
      "Split", ["axis": .int(1), "split": .ints([2, 1])], output: 1, outputCount: 2, opset: 11)
    #expect(old.result.floats.prefix(1) == [8])
    #expect(throws: LeptonError.self) {
      try read("Split", ["axis": .int(1)], constants: [ints(1, 1)], outputCount: 2)
    }
  }

  @Test(
    "shapes stay open to other batch sizes",
    arguments: [
      ("Flatten", ["axis": .int(1)], []), ("Flatten", ["axis": .int(2)], []),
      ("Reshape", [:], [[2, 12]]), ("Reshape", [:], [[6, 4]]), ("Reshape", [:], [[-1, 4]]),
      ("Unsqueeze", ["axes": .ints([1])], []), ("Unsqueeze", [:], [[0, 2]]),
      ("Expand", [:], [[2, 3, 4]]), ("Slice", [:], [[0], [.max], [2]]),
      ("ReduceMean", [:], [[-1, 1]]), ("Transpose", ["perm": .ints([1, 0, 2])], []),
    ] as [(String, [String: ONNXAttribute], [[Int64]])])
  func batch(
    _ opType: String, _ attributes: [String: ONNXAttribute], _ constants: [[Int64]]
  ) throws {
    let (result, graph) = try read(
      opType, attributes, constants: constants.map { TensorData($0, shape: [$0.count]) })
    let larger = try graph.specialized(["x": TensorType(.f32, [10, 3, 4])])
    let shape = larger.type(of: larger.outputs[0].value).shape
    #expect(shape.elementCount == 5 * result.elementCount)
  }

  @Test("Squeeze drops the axes that it names, or all of extent 1")
  func squeeze() throws {
    #expect(try read("Squeeze", ["axes": .ints([1])], shape: [2, 1, 1]).result.shape == [2, 1])
    #expect(try read("Squeeze", constants: [ints(-1)], shape: [2, 1, 1]).result.shape == [2, 1])
    #expect(try read("Squeeze", shape: [2, 1, 1]).result.shape == [2])
    #expect(throws: LeptonError.self) { try read("Squeeze", ["axes": .ints([0])]) }
  }

  @Test(
    "Squeeze leaves the number of examples open wherever it stands, as in results of recurrences",
    arguments: [([3, 1, 2, 5], 1), ([1, 2, 5], 0)] as [([Int], Int)])
  func squeezeBehindSteps(extents: [Int], axis: Int) throws {
    let graph = try read("Squeeze", ["axes": .ints([axis])], shape: Shape(extents)).graph
    var larger = extents
    larger[extents.count - 2] = 7
    let types = ["x": TensorType(.f32, Shape(larger))]
    larger.remove(at: axis)
    let result = try graph.specialized(types)
    #expect(result.type(of: result.outputs[0].value).shape == Shape(larger))
  }

  @Test("reductions take axes as attribute or operand, and none means all, or nothing")
  func reductions() throws {
    #expect(try read("ReduceSum", ["axes": .ints([0, 2])]).result.floats == [60, 92, 124])
    #expect(try read("ReduceMax", constants: [ints(1, 2)]).result.floats == [11, 23])
    let all = try read("ReduceMean", ["keepdims": .int(0)]).result
    #expect(all.shape == [] && all.floats == [11.5])
    let nothing = try read("ReduceSum", ["noop_with_empty_axes": .int(1)])
    #expect(nothing.result.shape == [2, 3, 4])
    let norm = try read("ReduceL2", ["axes": .ints([0]), "keepdims": .int(0)], shape: [2, 2])
    #expect(norm.result.floats == [2, Float(10).squareRoot()])
    #expect(try read("GlobalMaxPool", shape: [1, 2, 3, 4]).result.floats == [11, 23])
  }

  @Test("Clip takes bounds as attributes or operands, or none")
  func clip() throws {
    let old = try read("Clip", ["min": .float(1), "max": .float(2)], shape: [4], opset: 6)
    #expect(old.result.floats == [1, 1, 2, 2])
    let lower = try read("Clip", constants: [TensorData(scalar: Float(2)), nil], shape: [4])
    #expect(lower.result.floats == [2, 2, 2, 3])
    #expect(try read("Clip", shape: [4]).result.floats == [0, 1, 2, 3])
  }

  @Test("Pad takes pads as attribute or operand, for all axes or some")
  func pad() throws {
    let old = try read(
      "Pad", ["pads": .ints([0, 1, 0, 1]), "value": .float(9)], shape: [1, 2], opset: 9)
    #expect(old.result.floats == [9, 0, 1, 9])
    let some = try read(
      "Pad", ["mode": .string("reflect")], constants: [ints(2, 0), nil, ints(-1)], shape: [1, 3])
    #expect(some.result.floats == [2, 1, 0, 1, 2])
    #expect(throws: LeptonError.self) {
      try read("Pad", ["mode": .string("mirror"), "pads": .ints([0, 0])], shape: [3])
    }
  }

  @Test("what is known beforehand becomes a constant")
  func constants() throws {
    #expect(try read("Shape").result == ints(2, 3, 4))
    #expect(try read("Shape", ["start": .int(-2), "end": .int(2)]).result == ints(3))
    #expect(try read("Size").result == TensorData(scalar: Int64(24)))
    #expect(try read("Constant", ["value_ints": .ints([4, 5])]).result == ints(4, 5))
    #expect(throws: LeptonError.self) { try read("Constant", ["value_string": .string("a")]) }
  }

  @Test("Range and ConstantOfShape count and fill")
  func filled() throws {
    var context = ONNXReadContext(builder: GraphBuilder()) { try $1.constant($0) }
    func constant(_ data: TensorData) throws -> Value { try context.addConstant(data) }
    let bounds = try [5, 0, -2].map { try constant(TensorData(scalar: Int64($0))) }
    let range = try context.read("Range", bounds)[0]
    #expect(context.constants[range] == ints(5, 3, 1))
    let shape = try constant(ints(2, 1))
    let seven = ONNXAttribute.tensor(TensorData([7] as [Float], shape: [1]))
    let filled = try context.read("ConstantOfShape", [shape], ["value": seven])[0]
    #expect(context.constants[filled] == TensorData([7, 7] as [Float], shape: [2, 1]))
  }

  @Test("some op types are compositions")
  func compositions() throws {
    #expect(try read("Tile", constants: [ints(2, 3)], shape: [1, 2]).result.shape == [2, 6])
    #expect(try read("Softplus", shape: [1]).result.floats == [Float(0.6931472)])
    let mish = try read("Mish", shape: [3]).result.doubles
    #expect(difference(mish, [0, 0.8650983882, 1.943958919]) < 1e-6)
    let selu = try read("Selu", shape: [2]).result.doubles
    #expect(difference(selu, [0, 1.050700987]) < 1e-6)
    let slope = TensorData([-1] as [Float], shape: [1])
    #expect(try read("PRelu", constants: [slope], shape: [2]).result.floats == [0, 1])
    let three = TensorData(scalar: Float(3))
    let two = TensorData(scalar: Float(2))
    #expect(try read("Max", constants: [two, three], shape: [5]).result.floats == [3, 3, 3, 3, 4])
    #expect(try read("Sum", constants: [two, three], shape: [2]).result.floats == [5, 6])
    #expect(try read("Pow", constants: [ints(2)], shape: [3]).result.floats == [0, 1, 4])
    #expect(try read("Identity", shape: [2]).graph.nodes.isEmpty)
  }

  @Test("Mod has the sign of the divisor, or of the dividend")
  func mod() throws {
    var context = ONNXReadContext(builder: GraphBuilder()) { try $1.constant($0) }
    let a = try context.addConstant(ints(-4, 7, 5, 4, -7))
    let b = try context.addConstant(ints(2, -3, 8, -2, 3))
    for mode in [0, 1] {
      let y = try context.read("Mod", [a, b], ["fmod": .int(mode)])[0]
      context.builder.output("\(mode)", y)
    }
    let results = try context.builder.graph.evaluate([])
    #expect(results[0] == ints(0, -2, 5, 0, 2))
    #expect(results[1] == ints(0, 1, 5, 0, -1))
  }

  @Test("OneHot fills other numbers, types and axes")
  func oneHot() throws {
    var context = ONNXReadContext(builder: GraphBuilder()) { try $1.constant($0) }
    let operands = try [ints(1, 0), ints(3), ints(-1, 4)].map { try context.addConstant($0) }
    let y = try context.read("OneHot", operands, ["axis": .int(0)])[0]
    context.builder.output("y", y)
    #expect(
      try context.builder.graph.evaluate([])[0]
        == TensorData([-1, 4, 4, -1, -1, -1] as [Int64], shape: [3, 2]))
  }

  @Test("errors name the node")
  func errors() {
    let error = #expect(throws: LeptonError.self) {
      try read("Cast", ["to": .int(8)])
    }
    #expect(
      error?.description
        == "node 'n': Cast: element type 8 is not supported; "
        + "strings and complex numbers are not supported; convert it to a type of numbers")
  }
}

extension ONNXReaderTests {
  @Test(
    "numbers beyond reason are errors",
    arguments: [
      ("Reshape", [[1 << 62, 4, -1]]), ("Reshape", [[.min, .min]]),
      ("Expand", [[1 << 62, 1, 1, 1]]),
      ("Pad", [[0, 0, 0, .max, .max, .max]]), ("Pad", [[0, 0, 0, 0, 0, 1 << 39]]),
      ("Tile", [[1, 1, 1 << 40]]), ("Tile", [[1, 1, -1]]), ("Tile", [[1]]),
    ] as [(String, [[Int64]])])
  func hostile(_ opType: String, _ constants: [[Int64]]) {
    #expect(throws: LeptonError.self) {
      try read(opType, constants: constants.map { TensorData($0, shape: [$0.count]) })
    }
  }

  @Test("constants beyond reason are errors")
  func hostileConstants() throws {
    var context = ONNXReadContext(builder: GraphBuilder()) { try $1.constant($0) }
    let huge = try context.addConstant(ints(1 << 40))
    #expect(throws: LeptonError.self) { try context.read("ConstantOfShape", [huge]) }
    let bounds = try [0, Double.infinity, 1, 0].map {
      try context.addConstant(TensorData(scalar: $0))
    }
    for limits in [[0, 1, 2], [0, 2, 3], [0, 0, 3]] {
      #expect(throws: LeptonError.self) { try context.read("Range", limits.map { bounds[$0] }) }
    }
  }

  @Test("steps of any size are slices")
  func hostileSlice() throws {
    let steps = try read("Slice", constants: [ints(-1), ints(.min), ints(2), ints(.min)])
    #expect(steps.result.shape == [2, 3, 1])
    #expect(throws: LeptonError.self) {
      try read("Slice", constants: [ints(0), ints(1), ints(2), ints(0)])
    }
  }
}
