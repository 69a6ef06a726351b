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
    for threads in 1...2 {
      let executable = try CPUBackend().compile(b.graph, CompileOptions(threads: threads))
      let actual = try executable.run([operands[0]])[0]
      #expect(actual.largestDifference(from: expected) <= sample.tolerance)
    }
  }
}
