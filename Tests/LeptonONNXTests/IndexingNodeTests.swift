import LeptonCPU
import LeptonCompiler
import LeptonGraph
import LeptonONNX
import LeptonValues
import Testing

/// Operators that take, place, order and pool elements, in forms that ONNX's own node cases leave out.
@Suite("Nodes that index")
struct IndexingNodeTests {
  private typealias Ints = [Int64]

  private func check(
    _ node: OneNode, _ expected: [Double], shape: Shape, output: Int = 0,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let (reference, cpu) = try node.run()
    for result in [reference[output], cpu[output]] {
      #expect(result.shape == shape, sourceLocation: sourceLocation)
      let gap = zip(result.doubles, expected).map { abs($0 - $1) }.max() ?? 0
      #expect(
        result.elementCount == expected.count && gap < 1e-5, "\(result)",
        sourceLocation: sourceLocation)
    }
  }

  @Test("GatherElements takes less than there is beside its axis, from the end too")
  func gatherElements() throws {
    let indices = TensorData([-1, 0] as Ints, shape: [2, 1])
    try check(
      OneNode(
        opType: "GatherElements", x: OneNode.iota([3, 4]), operands: [indices],
        attributes: ["axis": .int(1)]), [3, 4], shape: [2, 1])
    try check(
      OneNode(
        opType: "GatherElements", x: OneNode.iota([3, 4]), operands: [indices],
        attributes: ["axis": .int(-2)]), [8, 0], shape: [2, 1])
  }

  @Test("GatherND takes blocks, with batch axes too")
  func gatherND() throws {
    let indices = TensorData([1, -1] as Ints, shape: [2, 1])
    try check(
      OneNode(opType: "GatherND", x: OneNode.iota([2, 3]), operands: [indices]),
      [3, 4, 5, 3, 4, 5], shape: [2, 3])
    try check(
      OneNode(
        opType: "GatherND", x: OneNode.iota([2, 3]), operands: [indices],
        attributes: ["batch_dims": .int(1)]), [1, 5], shape: [2])
  }

  @Test("indices outside of their axis are errors of the run", arguments: [5, -6, Int64.max, .min])
  func outside(_ index: Int64) throws {
    let one = TensorData([index], shape: [1, 1])
    let update = OneNode.floats([1], [1, 1])
    let nodes = [
      OneNode(opType: "GatherElements", x: OneNode.iota([5, 5]), operands: [one]),
      OneNode(opType: "GatherND", x: OneNode.iota([5, 5]), operands: [one]),
      OneNode(opType: "Gather", x: OneNode.iota([5, 5]), operands: [one]),
      OneNode(opType: "ScatterElements", x: OneNode.iota([5, 5]), operands: [one, update]),
      OneNode(
        opType: "ScatterND", x: OneNode.iota([5, 5]),
        operands: [one, OneNode.floats([1, 1, 1, 1, 1], [1, 5])]),
    ]
    for node in nodes {
      let session = try Session(node.model(), backend: CPUBackend())
      #expect(throws: LeptonError.self, "\(node.opType)") { try session.run([node.x]) }
    }
  }

  @Test("ScatterElements adds, and leaves what no index names")
  func scatterElements() throws {
    let node = OneNode(
      opType: "ScatterElements", x: OneNode.iota([2, 3]),
      operands: [
        TensorData([0, 0, -1] as Ints, shape: [1, 3]), OneNode.floats([10, 20, 30], [1, 3]),
      ], attributes: ["axis": .int(1), "reduction": .string("add")])
    try check(node, [30, 1, 32, 3, 4, 5], shape: [2, 3])
  }

  @Test("TopK orders equal elements by their place, and knows no element")
  func topK() throws {
    let x = OneNode.floats([1, 3, 3, .nan, 2, -.infinity], [6])
    let node = OneNode(opType: "TopK", x: x, operands: [OneNode.ints(4)], outputs: 2)
    try check(node, [3, 1, 2, 4], shape: [4], output: 1)
    let none = OneNode(opType: "TopK", x: x, operands: [OneNode.ints(0)], outputs: 2)
    try check(none, [], shape: [0], output: 1)
  }

  @Test("CumSum over any extent, backward and without the element itself", arguments: 1...9)
  func cumSum(_ extent: Int) throws {
    let numbers = (0..<extent).map { Double($0) }
    let node = OneNode(
      opType: "CumSum", x: OneNode.iota([extent]), operands: [OneNode.ints(0)],
      attributes: ["reverse": .int(1), "exclusive": .int(1)])
    let sums = numbers.indices.map { numbers[($0 + 1)...].reduce(0, +) }
    try check(node, sums, shape: [extent])
  }

  @Test("Unique keeps the order of first places where it does not sort")
  func unique() throws {
    // Its operand decides the shape, and so it is an initializer; x is not read.
    let data = TensorData([3, 1, 3, 2, 1] as Ints, shape: [5])
    var file = ONNXModelProto.fixture()
    file.graph.initializer = [ONNXTensorProto(data, name: "w")]
    file.graph.node = [
      .make("Unique", ["w"], ["y", "first", "inverse", "counts"], ["sorted": .int(0)])
    ]
    file.graph.output = ["y", "first", "inverse", "counts"].map { .tensor($0, dims: []) }
    let results = try file.imported().evaluate(["x": OneNode.iota([1, 3])])
    #expect(results.map(\.ints) == [[3, 1, 2], [0, 1, 3], [0, 1, 0, 2, 1], [2, 2, 1]])
  }

  @Test("what decides a shape must not be fed", arguments: ["NonZero", "Unique"])
  func dependent(_ opType: String) {
    let node = OneNode(opType: opType, x: OneNode.iota([3]))
    #expect(throws: LeptonError.self) { try node.model() }
  }

  @Test("MaxPool names positions by rows or by columns, over three axes too")
  func positions() throws {
    let node = OneNode(
      opType: "MaxPool", x: OneNode.iota([1, 2, 2, 2, 3]),
      attributes: ["kernel_shape": .ints([2, 2, 2])], outputs: 2)
    try check(node, [10, 11, 22, 23], shape: [1, 2, 1, 1, 2], output: 1)
    let columns = OneNode(
      opType: "MaxPool", x: OneNode.iota([1, 1, 2, 3]),
      attributes: ["kernel_shape": .ints([2, 2]), "storage_order": .int(1)], outputs: 2)
    try check(columns, [3, 5], shape: [1, 1, 1, 2], output: 1)
  }

  @Test("backward, a Slice that begins before the first element begins with it")
  func backwardSlice() throws {
    let node = OneNode(
      opType: "Slice", x: OneNode.iota([3]),
      operands: [OneNode.ints(-7), OneNode.ints(.min), OneNode.ints(0), OneNode.ints(-1)])
    try check(node, [0], shape: [1])
  }

  @Test("rounding up, a window that is larger than its input sees what there is")
  func largeWindow() throws {
    let node = OneNode(
      opType: "MaxPool", x: OneNode.iota([1, 1, 2]),
      attributes: ["kernel_shape": .ints([3]), "strides": .ints([2]), "ceil_mode": .int(1)])
    try check(node, [1], shape: [1, 1, 1])
  }

  @Test("Pad repeats what is left after negative pads")
  func wrap() throws {
    let node = OneNode(
      opType: "Pad", x: OneNode.iota([5]), operands: [OneNode.ints(3, -2)],
      attributes: ["mode": .string("wrap")])
    try check(node, [0, 1, 2, 0, 1, 2], shape: [6])
  }

  @Test("a mean of dilated windows counts what it sees")
  func dilatedMean() throws {
    let node = OneNode(
      opType: "AveragePool", x: OneNode.iota([1, 1, 5]),
      attributes: [
        "kernel_shape": .ints([2]), "dilations": .ints([3]), "strides": .ints([1]),
        "pads": .ints([1, 0]),
      ])
    try check(node, [2, 1.5, 2.5], shape: [1, 1, 3])
  }

  @Test("a convolution over three axes is that of the same numbers over two")
  func volumes() throws {
    let weights = OneNode.iota([4, 1, 2, 1, 2])
    let attributes: [String: ONNXAttribute] = [
      "group": .int(2), "strides": .ints([2, 1, 1]), "pads": .ints([1, 0, 0, 0, 0, 1]),
    ]
    let volume = OneNode(
      opType: "Conv", x: OneNode.iota([2, 2, 4, 1, 3]), operands: [weights],
      attributes: attributes)
    let plane = OneNode(
      opType: "Conv", x: OneNode.iota([2, 2, 4, 3]),
      operands: [weights.reshaped(to: [4, 1, 2, 2])],
      attributes: [
        "group": .int(2), "strides": .ints([2, 1]), "pads": .ints([1, 0, 0, 1]),
      ])
    let expected = try plane.run().cpu[0]
    try check(volume, expected.doubles, shape: [2, 4, 2, 1, 3])
  }

  @Test("a transposed convolution over three axes is that of the same numbers over two")
  func transposedVolumes() throws {
    let weights = OneNode.iota([4, 1, 3, 1, 2])
    let volume = OneNode(
      opType: "ConvTranspose", x: OneNode.iota([2, 4, 2, 1, 3]), operands: [weights],
      attributes: [
        "group": .int(2), "strides": .ints([2, 1, 1]), "pads": .ints([1, 0, 0, 0, 0, 1]),
        "output_padding": .ints([1, 0, 0]),
      ])
    let plane = OneNode(
      opType: "ConvTranspose", x: OneNode.iota([2, 4, 2, 3]),
      operands: [weights.reshaped(to: [4, 1, 3, 2])],
      attributes: [
        "group": .int(2), "strides": .ints([2, 1]), "pads": .ints([1, 0, 0, 1]),
        "output_padding": .ints([1, 0]),
      ])
    let expected = try plane.run().cpu[0]
    try check(volume, expected.doubles, shape: [2, 2, 5, 1, 3])
  }

  @Test("Resize takes the nearest of whole numbers, along any axis")
  func nearest() throws {
    let x = TensorData([1, 2, 3, 4] as Ints, shape: [2, 2])
    let node = OneNode(
      opType: "Resize", x: x, operands: [nil, nil, OneNode.ints(3, 2)],
      attributes: ["coordinate_transformation_mode": .string("asymmetric")])
    try check(node, [1, 2, 3, 4, 3, 4], shape: [3, 2])
  }
}
