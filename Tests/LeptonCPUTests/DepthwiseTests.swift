import LeptonCPU
import LeptonCompiler
import LeptonGraph
import LeptonOps
import LeptonRuntime
import LeptonValues
import Testing

/// Depthwise convolutions against the reference, at shapes with tails in every extent.
@Suite("Depthwise convolutions")
struct DepthwiseTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var batch = 1
    var channels: Int
    var size: (Int, Int)
    var kernel = (3, 3)
    var strides = [1, 1]
    var padding = [1, 1, 1, 1]

    var testDescription: String { "\(batch)x\(channels)x\(size) \(kernel) \(strides) \(padding)" }

    var conv: Conv2D { Conv2D(strides: strides, padding: padding, groups: channels) }
    var input: (Int, Int, Int, Int) { (batch, channels, size.0, size.1) }
  }

  static let shapes = [
    Case(channels: 32, size: (14, 14)), Case(batch: 2, channels: 40, size: (7, 7)),
    Case(channels: 16, size: (9, 8)), Case(batch: 3, channels: 8, size: (5, 12)),
    Case(channels: 64, size: (1, 7)), Case(channels: 48, size: (6, 1)),
    Case(channels: 33, size: (6, 9)), Case(channels: 5, size: (4, 4)),
    Case(channels: 32, size: (14, 28), strides: [2, 2]),
    Case(channels: 72, size: (15, 13), strides: [2, 2]),
    Case(channels: 32, size: (8, 8), strides: [2, 2], padding: [0, 0, 1, 1]),
    Case(channels: 24, size: (7, 14), kernel: (5, 5), padding: [2, 2, 2, 2]),
    Case(
      batch: 2, channels: 96, size: (14, 16), kernel: (5, 5), strides: [2, 2],
      padding: [2, 2, 2, 2]),
    Case(channels: 32, size: (9, 11), kernel: (4, 2), strides: [3, 1], padding: [2, 0, 1, 1]),
    Case(channels: 32, size: (8, 8), kernel: (1, 1), padding: [0, 0, 0, 0]),
    Case(channels: 32, size: (12, 10), kernel: (7, 7), strides: [1, 3], padding: [3, 3, 3, 3]),
    // Large enough to be split over threads.
    Case(batch: 2, channels: 64, size: (28, 28)),
    Case(channels: 96, size: (56, 56), strides: [2, 2]),
  ]

  @Test("f32 in blocks of channels, with each activation", arguments: shapes)
  func real(_ shape: Case) throws {
    for activation in [nil, .relu, .clip(-0.5, 1)] as [Activation?] {
      let op = FusedConv2D(shape.conv, hasBias: true, activation: activation)
      let (n, c, h, w) = shape.input
      let operands = Sample(
        op,
        [
          .normal([n, c, h, w]), .normal([c, 1, shape.kernel.0, shape.kernel.1]), .normal([c]),
        ]
      ).operandData()
      try check(op, operands, tolerance: 1e-5)
    }
  }

  @Test("8 bits of either sign, with weights of all values", arguments: shapes)
  func integers(_ shape: Case) throws {
    let kinds: [(DType, ClosedRange<Int>, DType, Activation?)] = [
      (.u8, 0...255, .u8, .relu), (.u8, 0...255, .i8, .clip(-1.5, 4)), (.i8, -128...127, .u8, nil),
    ]
    for (source, range, result, activation) in kinds {
      let op = QuantizedConv2D(
        conv: shape.conv, sourceScale: 0.02, activation: activation,
        result: Requantization(dtype: result, scale: 0.05))
      let (n, c, h, w) = shape.input
      let operands = Sample(
        op,
        [
          .integers([n, c, h, w], range, source),
          .integers([c, 1, shape.kernel.0, shape.kernel.1], -128...127, .i8),
          .uniform([c], 0.001...0.01), .normal([c]),
        ]
      ).operandData()
      try check(op, operands, tolerance: 1.01 / 128)
    }
  }

  private func check(_ op: any Op, _ operands: [TensorData], tolerance: Double) throws {
    var b = GraphBuilder(name: "depthwise")
    let x = b.input("x", operands[0].type)
    let constants = try operands.dropFirst().map { try b.add(one: Constant($0)) }
    b.output("y", try b.add(op, [x] + constants)[0])
    let expected = try b.graph.evaluate([operands[0]])[0]
    for threads in 1...2 {
      let executable = try CPUBackend().compile(b.graph, CompileOptions(threads: threads))
      let actual = try executable.run([operands[0]])[0]
      #expect(actual.largestDifference(from: expected) <= tolerance)
      #expect(try executable.run([operands[0]])[0].doubles == actual.doubles)
    }
  }
}
