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

  @Test("Neighbours are added in 16 bits, saturating, where the processor does so")
  func saturation() throws {
    let (rows, depth, outputs) = (5, 7, 9)
    let x: [Int] = (0..<rows * depth).map { 255 - ($0 * 5) % 40 }
    let w: [Int] = (0..<outputs * depth).map { $0 % 3 == 0 ? $0 - 128 : 127 - $0 }
    var b = GraphBuilder(name: "saturation")
    let input = b.input("x", TensorType(.u8, [rows, depth]))
    let weights = TensorData(w.map { Int8($0) }, shape: [outputs, depth])
    let ones = TensorData([Float](repeating: 1, count: outputs), shape: [outputs])
    let constants: [TensorData] = [weights, ones, TensorData(zeros: ones.type)]
    let operands = try constants.map { try b.add(one: Constant($0)) }
    let op = QuantizedDense(
      sourceScale: 1, activation: nil, result: Requantization(dtype: .f32, scale: 1))
    b.output("y", try b.add(op, [input] + operands)[0])
    var expected: [Float] = []
    for row in 0..<rows {
      for output in 0..<outputs {
        var sum = 0
        for first in stride(from: 0, to: depth, by: 2) {
          var pair = 0
          for k in first..<min(first + 2, depth) {
            pair += x[row * depth + k] * w[output * depth + k]
          }
          sum += Processor.multipliesInt8 ? pair : min(max(pair, -32768), 32767)
        }
        expected.append(Float(sum))
      }
    }
    let executable = try CPUBackend().compile(b.graph, CompileOptions(threads: 2))
    let actual = try executable.run([TensorData(x.map { UInt8($0) }, shape: [rows, depth])])[0]
    #expect(actual.floats == expected)
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
