import LeptonCPU
import LeptonGraph
import LeptonOps
import LeptonRuntime
import LeptonValues
import Testing

/// Several steps of a program as one micro-operation.
@Suite("Patterns of elementwise programs")
struct MicroPatternTests {
  /// The same function, written in the ways in which exporters write it.
  @Test("find GELU in every order of its factors", arguments: 0..<6)
  func gelu(form: Int) throws {
    var p = ScalarProgram(operandCount: 1)
    let x = p.operands[0], half = p.constant(0.5)
    let inner =
      form % 2 == 0
      ? p.step(.divide, x, p.constant(2.0.squareRoot()))
      : p.step(.multiply, p.constant(0.5.squareRoot()), x)
    let error = p.step(.errorFunction, inner)
    let gate = p.step(.add, p.constant(1), error)
    let result =
      switch form {
      case 0: p.step(.multiply, p.step(.multiply, x, gate), half)
      case 1: p.step(.multiply, p.step(.multiply, half, x), gate)
      case 2: p.step(.multiply, x, p.step(.multiply, gate, half))
      case 3: p.step(.multiply, gate, p.step(.multiply, half, x))
      case 4: p.step(.multiply, x, p.step(.add, half, p.step(.multiply, half, error)))
      default: p.step(.multiply, p.step(.multiply, error, x), half)  // no GELU
      }
    p.results = [result]
    let numbers = (0..<2000).map { Float($0 - 1000) / 100 }
    try check(p, [numbers], [.f32], within: 1e-6)
  }

  @Test("round as quantisation does", arguments: [(0.0, 0.0, 255.0), (7, -128, 127)])
  func quantize(zero: Double, low: Double, high: Double) throws {
    var p = ScalarProgram(operandCount: 2)
    let quotient = p.step(.divide, p.operands[0], p.constant(0.0371))
    let shifted = p.step(.add, p.step(.roundToEven, quotient), p.constant(zero))
    let clipped = p.step(
      .minimum, p.step(.maximum, shifted, p.constant(low)), p.constant(high))
    let real = p.step(
      .multiply, p.step(.subtract, p.step(.truncate, clipped), p.constant(zero)), p.constant(0.25))
    p.results = [clipped, p.step(.add, real, p.operands[1]), quotient]
    let numbers = (0..<777).map { Float($0 * 7919 % 1009) / 50 - 10.001 }
    try check(
      p, [numbers, numbers.reversed()], [low == 0 ? .u8 : .i8, .f32, .f32], within: 1e-6)
  }

  private func check(
    _ program: ScalarProgram, _ numbers: [[Float]], _ dtypes: [DType], within tolerance: Double
  ) throws {
    var b = GraphBuilder(name: "program")
    let feeds = numbers.map { TensorData($0, shape: [$0.count]) }
    let inputs = feeds.enumerated().map { b.input("\($0.offset)", $0.element.type) }
    let op = FusedElementwise(program: program, dtypes: dtypes)
    for (index, value) in try b.add(op, inputs).enumerated() { b.output("\(index)", value) }
    let expected = try b.graph.evaluate(feeds)
    let actual = try CPUBackend().compile(b.graph, CompileOptions()).run(feeds)
    for (expected, actual) in zip(expected, actual) {
      #expect(actual.largestDifference(from: expected) <= tolerance)
    }
  }
}
