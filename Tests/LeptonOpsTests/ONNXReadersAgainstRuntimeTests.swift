import LeptonGraph
import LeptonOps
import LeptonValues
import Testing

/// The forms of ONNX nodes that our own writer never makes, against ONNX Runtime's results.
@Suite("Reading ONNX nodes")
struct ONNXReadersAgainstRuntimeTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let opType: String
    let inputs: [TensorData?]
    let attributes: [String: ONNXAttribute]
    let opset: Int
    /// Inputs that the file gives as constants.
    let constants: Set<Int>
    let expected: Golden

    init(
      _ opType: String, _ inputs: [TensorData?], _ attributes: [String: ONNXAttribute],
      opset: Int = 17, constants: Set<Int> = [], _ expected: Golden
    ) {
      (self.opType, self.inputs, self.attributes) = (opType, inputs, attributes)
      (self.opset, self.constants, self.expected) = (opset, constants, expected)
    }

    var testDescription: String { "\(opType) \(attributes.keys.sorted())" }
  }

  @Test("gives what ONNX Runtime gives", arguments: cases)
  func results(_ test: Case) throws {
    var context = ONNXReadContext(builder: GraphBuilder()) { data, b in try b.constant(data) }
    var feeds: [TensorData] = []
    var inputs: [Value?] = []
    for (index, input) in test.inputs.enumerated() {
      if let input, !test.constants.contains(index) {
        feeds.append(input)
        inputs.append(context.builder.input("\(index)", input.type))
      } else {
        inputs.append(try input.map { try context.addConstant($0) })
      }
    }
    let node = ONNXNode(
      opType: test.opType, name: "node", attributes: test.attributes, inputs: inputs,
      outputCount: 1, opset: test.opset)
    let readers = try #require(OpSet.all.first { $0.onnxReaders[test.opType] != nil }).onnxReaders
    let result = try readers[test.opType]!(node, &context)
    context.builder.output("result", result[0])
    let values = try context.builder.graph.evaluate(feeds)
    #expect(test.expected.matches(values[0], within: 2e-5))
  }

  private static func floats(_ values: [Double]) -> TensorData {
    TensorData(values, as: TensorType(.f32, [values.count]))
  }

  private static let image = sine([1, 2, 6, 7])

  static let cases = [
    Case(
      "Conv", [image, sine([2, 2, 3, 3], 0.51)],
      ["auto_pad": .string("SAME_LOWER"), "strides": .ints([2, 2])],
      Golden(
        [1, 2, 3, 4], [-1.119611, 1.164388, 4.087019, 3.703091], sum: -0.867375,
        squares: 185.4062)),
    Case(
      "Conv", [sine([1, 2, 9]), sine([2, 2, 3], 0.51), sine([2], 0.9)],
      ["pads": .ints([2, 0]), "dilations": .ints([2])],
      Golden(
        [1, 2, 7], [-0.0390062, -0.06993402, -0.2785355, -0.6298843], sum: 6.746339,
        squares: 21.32465)),
    Case(
      "ConvTranspose", [sine([1, 2, 3, 4]), sine([2, 1, 3, 3], 0.51), sine([2], 0.9)],
      [
        "group": .int(2), "strides": .ints([2, 2]), "pads": .ints([1, 1, 1, 1]),
        "output_padding": .ints([1, 0]),
      ],
      Golden(
        [1, 2, 6, 7], [0, 0.3613145, 0.3225352, 0.8753939], sum: 32.2137, squares: 67.73319)),
    Case(
      "MaxPool", [sine([1, 1, 6, 7], 1.7)],
      ["kernel_shape": .ints([3, 3]), "strides": .ints([2, 2]), "ceil_mode": .int(1)],
      Golden(
        [1, 1, 3, 3], [0.9916648, 0.8792731, 0.9997929, 0.9856003], sum: 8.391558,
        squares: 7.91242)),
    Case(
      "AveragePool", [image],
      [
        "kernel_shape": .ints([3, 3]), "strides": .ints([2, 2]), "pads": .ints([1, 1, 1, 1]),
        "ceil_mode": .int(1), "count_include_pad": .int(1),
      ],
      Golden(
        [1, 2, 4, 4], [0.1184729, 0.1550075, 0.06213564, -0.02228113], sum: -0.1579963,
        squares: 1.299255)),
    Case(
      "AveragePool", [image],
      [
        "kernel_shape": .ints([3, 3]), "strides": .ints([2, 2]), "pads": .ints([1, 1, 1, 1]),
        "ceil_mode": .int(1),
      ],
      Golden(
        [1, 2, 4, 4], [0.266564, 0.2325112, 0.09320348, -0.05013253], sum: -0.1731304,
        squares: 5.200684)),
    Case(
      "Gemm", [sine([4, 3]), sine([5, 4], 0.51), sine([5], 0.9)],
      ["transA": .int(1), "transB": .int(1), "alpha": .float(0.5), "beta": .float(2)],
      Golden(
        [3, 5], [0.4644403, 1.887776, 1.192847, 1.216286], sum: 12.68529, squares: 21.56209)),
    Case(
      "MatMul", [sine([4]), sine([2, 4, 3], 0.51)], [:],
      Golden(
        [2, 3], [-0.4727282, -0.7868303, -0.9006754, -0.341897], sum: -4.096265,
        squares: 3.058207)),
    Case(
      "Softmax", [sine([2, 3, 4], 1.7)], ["axis": .int(1)], opset: 9,
      Golden(
        [2, 3, 4], [0.06731596, 0.1814649, 0.05213603, 0.02667115], sum: 2, squares: 0.2345475)),
    Case(
      "LayerNormalization", [sine([2, 3, 4], 1.7), sine([3, 4], 0.51)], ["axis": .int(1)],
      Golden(
        [2, 3, 4], [0, 0.7191759, -0.3143007, -1.357668], sum: 0.04211613, squares: 12.50784)),
    Case(
      "BatchNormalization",
      [
        sine([2, 3, 4], 1.7), sine([3], 0.51), sine([3]), sine([3], 0.2),
        TensorData(sine([3], 0.9, 1).doubles.map { abs($0) }, as: TensorType(.f64, [3])),
      ], ["epsilon": .float(1e-3)],
      Golden([2, 3, 4], [0, 0, 0, 0], sum: 3.737541, squares: 10.51747)),
    Case(
      "DequantizeLinear",
      [
        TensorData((-6..<6).map { Int8($0) }, shape: [2, 3, 2]),
        sine([3], 0.3, 0.1).converted(to: .f32),
      ], ["axis": .int(1)],
      Golden(
        [2, 3, 2], [-0.5990005, -0.4991671, -1.557673, -1.168255], sum: 2.088135,
        squares: 25.47126)),
    Case(
      "Resize", [image, nil, floats([1, 1, 1.3, 0.7])],
      ["mode": .string("linear"), "coordinate_transformation_mode": .string("pytorch_half_pixel")],
      constants: [2],
      Golden(
        [1, 2, 7, 4], [0.07748903, 0.5626191, 0.9028546, 0.978578], sum: 0.2320289,
        squares: 11.074)),
    Case(
      "Resize", [sine([1, 1, 2, 6]), nil, floats([1, 1, 3, 1.3])], ["mode": .string("nearest")],
      constants: [2],
      Golden(
        [1, 1, 6, 7], [0, 0.3616154, 0.3616154, 0.6742879], sum: 15.18979, squares: 15.94481)),
    Case(
      "Upsample", [sine([1, 1, 2, 3]), floats([1, 1, 2, 2])], ["mode": .string("linear")],
      opset: 9, constants: [1],
      Golden(
        [1, 1, 4, 6], [0, 0.1808077, 0.3616154, 0.5179517], sum: 17.95967, squares: 15.20564)),
  ]
}
