import LeptonCPU
import LeptonCompiler
import LeptonGraph
import LeptonOps
import LeptonRuntime
import LeptonValues
import Testing

/// Constant weights are packed when the plan is made, which an operation's samples do not show.
@Suite("Direct convolutions with constant weights")
struct DirectConvolutionTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var x: Shape
    var w: Shape
    var strides = [1, 1]
    var padding = [0, 0, 0, 0]
    var dilation = [1, 1]
    var hasBias = true
    var hasResidual = false
    var activation: Activation?

    var conv: Conv2D { Conv2D(strides: strides, padding: padding, dilation: dilation) }
    var testDescription: String {
      "\(x) with \(w), strides \(strides), padding \(padding), dilation \(dilation), "
        + "bias \(hasBias), residual \(hasResidual), \(activation.map { "\($0)" } ?? "no activation")"
    }
  }

  /// Every height of a tile, panels of two and three blocks, sums in one and several parts, channels that fill their block
  /// and ones that do not, results of several runs, taps beyond every edge.
  static let cases =
    (1...13).map { Case(x: [1, 32, 1, $0], w: [40, 32, 1, 1], activation: .relu) }
    + (1...13).map {
      Case(x: [1, 8, 3, $0], w: [40, 8, 3, 3], padding: [1, 1, 1, 1], hasResidual: true)
    }
    + [
      Case(x: [3, 64, 14, 15], w: [64, 64, 1, 1], hasResidual: true, activation: .relu),
      Case(x: [2, 600, 5, 5], w: [32, 600, 1, 1], hasResidual: true, activation: .clip(-1, 1.5)),
      Case(x: [2, 44, 9, 8], w: [24, 44, 1, 1], strides: [2, 2], hasBias: false),
      Case(x: [2, 40, 9, 8], w: [56, 40, 3, 3], strides: [2, 2], padding: [1, 1, 1, 1]),
      Case(x: [1, 16, 8, 9], w: [16, 16, 3, 3], strides: [2, 1], padding: [0, 2, 3, 1]),
      Case(x: [2, 24, 7, 7], w: [16, 24, 5, 3], padding: [2, 1, 2, 1], dilation: [1, 2]),
      Case(x: [1, 40, 5, 4], w: [32, 40, 1, 1], padding: [1, 2, 0, 1], hasResidual: true),
      Case(x: [1, 40, 20, 20], w: [48, 40, 1, 1], activation: .clip(0, 1)),
      Case(x: [1, 520, 4, 4], w: [24, 520, 3, 3], padding: [1, 1, 1, 1], hasResidual: true),
      Case(x: [1, 2048, 1, 1], w: [1000, 2048, 1, 1]),
    ]

  @Test("agree with the reference", arguments: cases)
  func agrees(_ the: Case) throws {
    let graph = try graph(the)
    let feeds = graph.dataInputs.map { numbers(graph.type(of: $0.value).shape) }
    let expected = try graph.evaluate(feeds)[0]
    for threads in 1...3 {
      let executable = try CPUBackend().compile(
        graph, CompileOptions(threads: threads, profiles: true))
      if Processor.channelBlock == 8 {
        #expect(executable.profile.contains { $0.kernel == "lepton:direct" })
      }
      let actual = try executable.run(feeds)[0]
      #expect(actual.largestDifference(from: expected) < 1e-5, "\(threads) threads")
      #expect(try executable.run(feeds)[0] == actual)
    }
  }

  @Test("leave what they do not compute to others")
  func others() throws {
    for the in [
      Case(x: [1, 40, 4, 4], w: [20, 40, 1, 1]), Case(x: [1, 40, 4, 4], w: [8, 40, 1, 1]),
      Case(x: [1, 3, 4, 4], w: [16, 3, 3, 3]), Case(x: [1, 24, 4, 4], w: [16, 24, 1, 1]),
      Case(x: [1, 40, 4, 4], w: [16, 40, 1, 1], activation: .silu),
    ] {
      let graph = try graph(the)
      let feeds = graph.dataInputs.map { numbers(graph.type(of: $0.value).shape) }
      let executable = try CPUBackend().compile(graph, CompileOptions(profiles: true))
      #expect(!executable.profile.contains { $0.kernel == "lepton:direct" }, "\(the)")
      let (actual, expected) = (try executable.run(feeds)[0], try graph.evaluate(feeds)[0])
      #expect(actual.largestDifference(from: expected) < 1e-5)
    }
  }

  /// The residual is an intermediate value that nobody else reads, so that the result takes over its memory.
  private func graph(_ the: Case) throws -> Graph {
    var b = GraphBuilder(name: "direct")
    let x = b.input("x", TensorType(.f32, the.x))
    var operands = [x, try b.add(one: Constant(numbers(the.w)))]
    if the.hasBias { operands.append(try b.add(one: Constant(numbers([the.w[0]])))) }
    if the.hasResidual {
      let y = try b.add(one: the.conv, operands[0], operands[1])
      let residual = b.input("residual", b.type(of: y))
      operands.append(try b.add(one: Tanh(), residual))
    }
    let op = FusedConv2D(
      the.conv, hasBias: the.hasBias, hasResidual: the.hasResidual, activation: the.activation)
    b.output("y", try b.add(op, operands)[0])
    return b.graph
  }

  private func numbers(_ shape: Shape) -> TensorData {
    let floats = (0..<shape.elementCount).map { place -> Float in
      let number = (place * 7919 + place / 1009) % 1009
      return Float(number) / 504 - 1
    }
    return TensorData(floats, shape: shape)
  }
}
