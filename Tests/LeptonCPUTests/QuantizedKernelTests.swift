import LeptonCPU
import LeptonCompiler
import LeptonGraph
import LeptonOps
import LeptonRuntime
import LeptonValues
import Testing

/// Integer kernels need constant weights, which an operation's samples do not have.
@Suite("Integer kernels")
struct QuantizedKernelTests {
  static let convolutions = QuantizedConv2D.samples.filter { $0.operandData()[0].dtype == .u8 }

  @Test("A convolution of 8 bits and the pooling behind it", arguments: convolutions.indices)
  func convolutionAndPooling(_ index: Int) throws {
    let sample = Self.convolutions[index]
    let pool = MaxPool2D(kernel: [3, 2], strides: [2, 1], padding: [1, 0, 1, 1])
    try check(sample) { try $0.add(one: pool, $1) }
    try check(sample) { $1 }
  }

  @Test("A dense layer of 8 bits")
  func dense() throws {
    for sample in QuantizedDense.samples { try check(sample) { $1 } }
  }

  @Test("Weights of all 8 bits are exact on every processor", arguments: [DType.u8, .i8])
  func wideWeights(_ source: DType) throws {
    let (rows, depth, outputs) = (5, 7, 9)
    let x: [Int] = (0..<rows * depth).map { (source == .u8 ? 255 : 127) - ($0 * 5) % 40 }
    let w: [Int] = (0..<outputs * depth).map { $0 % 3 == 0 ? $0 - 128 : 127 - $0 }
    var b = GraphBuilder(name: "wide")
    let input = b.input("x", TensorType(source, [rows, depth]))
    let weights = TensorData(w.map { Int8($0) }, shape: [outputs, depth])
    let ones = TensorData([Float](repeating: 1, count: outputs), shape: [outputs])
    let constants: [TensorData] = [weights, ones, TensorData(zeros: ones.type)]
    let operands = try constants.map { try b.add(one: Constant($0)) }
    let op = QuantizedDense(
      sourceScale: 1, activation: nil, result: Requantization(dtype: .f32, scale: 1))
    b.output("y", try b.add(op, [input] + operands)[0])
    let expected = (0..<rows * outputs).map { place in
      let (row, output) = place.quotientAndRemainder(dividingBy: outputs)
      return Float((0..<depth).reduce(0) { $0 + x[row * depth + $1] * w[output * depth + $1] })
    }
    let executable = try CPUBackend().compile(b.graph, CompileOptions(threads: 2))
    let feed = TensorData(x.map(Double.init), as: TensorType(source, [rows, depth]))
    #expect(try executable.run([feed])[0].floats == expected)
  }

  struct Case: Sendable, CustomTestStringConvertible {
    var conv = Conv2D()
    var channels: (Int, Int)
    var kernel: [Int]
    var size: [Int]
    /// Of the source. oneDNN halves the weights of signed ones.
    var zeros: [(DType, Int)] = [(.u8, 131), (.i8, -7)]
    /// oneDNN adds zero points before it rounds: halves go the other way where they are odd.
    var resultZero = 97
    var weights = -31...31

    var testDescription: String { "\(conv) of \(channels) by \(kernel), weights \(weights)" }
  }

  static let exact = [
    Case(channels: (37, 24), kernel: [1, 1], size: [5, 7], weights: -128...127),
    Case(
      conv: Conv2D(padding: [1, 2, 1, 0]), channels: (5, 21), kernel: [3, 2], size: [14, 14],
      zeros: [(.u8, 0), (.i8, 0)], weights: -128...127),
    Case(
      conv: Conv2D(strides: [2, 2]), channels: (6, 8), kernel: [1, 3], size: [4, 4],
      weights: -128...127),
    Case(channels: (20, 24), kernel: [1, 1], size: [5, 7]),
    Case(channels: (8, 21), kernel: [3, 2], size: [14, 14]),
    Case(conv: Conv2D(groups: 40), channels: (40, 40), kernel: [3, 3], size: [6, 7]),
    Case(
      conv: Conv2D(padding: [1, 1, 1, 1]), channels: (8, 16), kernel: [3, 3], size: [5, 14],
      zeros: [(.u8, 0), (.i8, 0)]),
    Case(
      conv: Conv2D(strides: [2, 2], padding: [2, 1, 2, 1]), channels: (3, 8), kernel: [3, 3],
      size: [7, 9], zeros: [(.i8, 0)]),
    Case(channels: (3, 16), kernel: [3, 3], size: [9, 8], zeros: [(.u8, 131)]),
    Case(
      conv: Conv2D(padding: [1, 1, 1, 1]), channels: (8, 16), kernel: [3, 3], size: [4, 4],
      zeros: [(.u8, 0)], resultZero: 96),
    Case(
      conv: Conv2D(groups: 2), channels: (16, 32), kernel: [3, 3], size: [7, 7],
      zeros: [(.u8, 131)], resultZero: 96),
  ]

  @Test(
    "Zero points and biases of whole numbers lose nothing, halves go to the even side",
    arguments: exact, [DType.u8, .i8])
  func zeroPoints(_ shape: Case, _ dtype: DType) throws {
    let outputs = shape.channels.1
    for (source, zero) in shape.zeros {
      for activation in [nil, .relu, .gelu(tanh: false)] as [Activation?] {
        // Scales are powers of two: every step is exact in f32, but for the GELU.
        let op = QuantizedConv2D(
          conv: shape.conv, sourceScale: 1.0 / 32, sourceZero: zero, activation: activation,
          result: Requantization(
            dtype: dtype, scale: 1, zero: shape.resultZero - (dtype == .u8 ? 0 : 128)))
        let quarters = TensorData([Float](repeating: 0.25, count: outputs), shape: [outputs])
        let sample = Sample(
          op,
          [
            .integers(
              Shape([2, shape.channels.0] + shape.size), source == .u8 ? 0...255 : -128...127,
              source),
            .integers(
              Shape([outputs, shape.channels.0 / shape.conv.groups] + shape.kernel), shape.weights,
              .i8),
            .values(quarters), .integers([outputs], -40...40, .f32),
          ], differentiable: false, onnx: false,
          tolerance: activation == .gelu(tanh: false) ? 1.01 / 15 : 0)
        try check(sample) { $1 }
      }
    }
  }

  @Test("A chain between bytes becomes a table of the same results", arguments: [40, 70_001])
  func table(count: Int) throws {
    var b = GraphBuilder(name: "table")
    let x = b.input("x", TensorType(.u8, [count]))
    let scale = try b.add(one: Constant(TensorData(scalar: Float(0.03))))
    let zero = try b.add(one: Constant(TensorData(scalar: UInt8(130))))
    let real = try b.add(one: Dequantize(), x, scale, zero)
    let curve = try b.add(one: Multiply(), real, b.add(one: Erf(), real))
    b.output("y", try b.add(one: Quantize(dtype: .u8), curve, scale, zero))
    let graph = try b.graph.applying(Pipelines.inference(CPUBackend(), .f32))
    #expect(graph.nodes.count == 1)
    let bytes = TensorData((0..<count).map { UInt8($0 * 7919 % 256) }, shape: [count])
    let expected = try b.graph.evaluate([bytes])[0].doubles
    for threads in 1...2 {
      let executable = try CPUBackend().compile(graph, CompileOptions(threads: threads))
      let actual = try executable.run([bytes])[0].doubles
      #expect(zip(actual, expected).allSatisfy { abs($0 - $1) <= 1 })
      #expect(zip(actual, expected).filter { $0 != $1 }.count <= count / 50)
    }
  }

  private func check(
    _ sample: Sample, then tail: (inout GraphBuilder, Value) throws -> Value
  ) throws {
    let operands = sample.operandData()
    var b = GraphBuilder(name: "integers")
    let x = b.input("x", operands[0].type)
    let constants = try operands.dropFirst().map { try b.add(one: Constant($0)) }
    let result = try b.add(sample.op, [x] + constants)[0]
    b.output("y", try tail(&b, result))
    let expected = try b.graph.evaluate([operands[0]])[0]
    var first: TensorData?
    for threads in 1...2 {
      let executable = try CPUBackend().compile(b.graph, CompileOptions(threads: threads))
      let actual = try executable.run([operands[0]])[0]
      #expect(actual.largestDifference(from: expected) <= sample.tolerance)
      first = first ?? actual
      #expect(actual == first, "the same bits with \(threads) threads")
    }
  }
}
