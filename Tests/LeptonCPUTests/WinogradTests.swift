import LeptonCPU
import LeptonCompiler
import LeptonGraph
import LeptonOps
import LeptonRuntime
import LeptonValues
import Testing

/// 3x3 convolutions of the shapes for which the back end takes Winograd's algorithm.
@Suite("Winograd convolutions")
struct WinogradTests {
  /// One convolution and what follows it.
  struct Shape: Sendable, CustomTestStringConvertible {
    var batch: Int
    var (inputs, outputs): (Int, Int)
    var (height, width): (Int, Int)
    /// Top, left, bottom, right.
    var padding = [1, 1, 1, 1]

    var conv: Conv2D { Conv2D(padding: padding) }
    var x: LeptonValues.Shape { [batch, inputs, height, width] }
    var w: LeptonValues.Shape { [outputs, inputs, 3, 3] }
    var y: LeptonValues.Shape {
      [
        batch, outputs, height + padding[0] + padding[2] - 2, width + padding[1] + padding[3] - 2,
      ]
    }

    /// The forward pass with all that it can fuse, and the gradients.
    var samples: [Sample] {
      [
        Sample(conv, [.normal(x), .normal(w)], tolerance: 3e-5),
        Sample(
          FusedConv2D(conv, hasBias: true, activation: .relu),
          [.normal(x), .normal(w), .normal([outputs])], tolerance: 3e-5),
        Sample(
          FusedConv2D(conv, hasBias: true, hasResidual: true, activation: .relu),
          [.normal(x), .normal(w), .normal([outputs]), .normal(y)], tolerance: 3e-5),
        Sample(
          Conv2DInputGradient(conv: conv, inputShape: x.extents), [.normal(w), .normal(y)],
          tolerance: 3e-5),
        Sample(
          Conv2DWeightGradient(conv: conv, weightShape: w.extents), [.normal(x), .normal(y)],
          tolerance: 3e-5),
        Sample(
          FusedConv2DWeightGradient(Conv2DWeightGradient(conv: conv, weightShape: w.extents)),
          [.normal(x), .normal(y)], tolerance: 3e-5),
      ]
    }

    var testDescription: String { "\(x) with \(w), padding \(padding)" }
  }

  /// Whole tiles and ones beyond the edge, no padding and as much as there can be; the last has so many channels that
  /// threads take channels instead of tiles.
  static let small =
    [
      Shape(batch: 2, inputs: 32, outputs: 64, height: 16, width: 16),
      Shape(batch: 3, inputs: 64, outputs: 32, height: 15, width: 13),
      Shape(batch: 3, inputs: 32, outputs: 32, height: 14, width: 19, padding: [0, 0, 0, 0]),
      Shape(batch: 2, inputs: 32, outputs: 96, height: 14, width: 17, padding: [2, 1, 0, 2]),
      Shape(batch: 35, inputs: 32, outputs: 32, height: 4, width: 4),
      Shape(batch: 2, inputs: 160, outputs: 192, height: 16, width: 15),
    ] + (Processor.channelBlock == 8 ? narrow : [])

  /// A panel of two vectors is the least that there can be.
  private static let narrow = [
    Shape(batch: 2, inputs: 16, outputs: 48, height: 17, width: 16),
    Shape(batch: 3, inputs: 48, outputs: 16, height: 15, width: 14, padding: [0, 1, 2, 1]),
  ]

  @Test("agree with the reference", arguments: small, [1, 2])
  func reference(_ shape: Shape, _ threads: Int) throws {
    for sample in shape.samples {
      let operands = sample.operandData()
      let graph = try sample.graph(operands)
      let expected = try graph.evaluate(operands)
      let actual = try run(graph, operands, threads: threads)
      for (expected, actual) in zip(expected, actual) {
        #expect(
          actual.largestDifference(from: expected) <= sample.tolerance,
          "\(sample.op): \(actual) is not \(expected)")
      }
    }
  }

  @Test("agree with direct ones where the tiles are more than fit the cache at once")
  func manyTiles() throws {
    let shape = Shape(batch: 24, inputs: 192, outputs: 160, height: 30, width: 30)
    for sample in shape.samples {
      let operands = sample.operandData()
      let graph = try sample.graph(operands)
      let direct = try CPUBackend().compile(graph, CompileOptions(algorithms: .deterministic)).run(
        operands)
      for (direct, actual) in zip(direct, try run(graph, operands, threads: 2)) {
        #expect(actual.largestDifference(from: direct) <= sample.tolerance, "\(sample.op)")
      }
    }
  }

  @Test("transform constant weights once, and agree with the reference", arguments: [1, 2])
  func constantWeights(_ threads: Int) throws {
    for shape in Self.small + [Shape(batch: 1, inputs: 32, outputs: 64, height: 8, width: 8)] {
      let sample = shape.samples[1]
      let operands = sample.operandData()
      var b = GraphBuilder()
      let x = b.input("x", operands[0].type)
      let w = try b.add(one: Constant(operands[1]))
      let bias = try b.add(one: Constant(operands[2]))
      b.output("y", try b.add(one: sample.op, x, w, bias))
      let actual = try run(b.graph, [operands[0]], threads: threads)[0]
      let expected = try sample.graph(operands).evaluate(operands)[0]
      #expect(actual.largestDifference(from: expected) <= sample.tolerance, "\(shape)")
    }
  }

  @Test("give the same bits in every run, whatever the number of threads for all but gradients")
  func bits() throws {
    for shape in Self.small {
      for sample in shape.samples {
        let operands = sample.operandData()
        let graph = try sample.graph(operands)
        let once = try run(graph, operands, threads: 2)
        #expect(try run(graph, operands, threads: 2) == once)
        if sample.op is FusedConv2D { #expect(try run(graph, operands, threads: 1) == once) }
      }
    }
  }

  @Test("are not taken where they are switched off, or too few tiles or channels or too much edge")
  func direct() throws {
    let whole = Shape(batch: 2, inputs: 32, outputs: 64, height: 16, width: 16)
    var (few, narrow, edge) = (whole, whole, whole)
    few.batch = 1
    narrow.inputs = 8
    (edge.batch, edge.height, edge.width) = (40, 5, 5)
    for shape in [few, narrow, edge] {
      #expect(try kernels(shape.samples[0], CompileOptions(profiles: true)).allSatisfy(isDirect))
    }
    let off = CompileOptions(profiles: true, algorithms: .deterministic)
    for sample in whole.samples { #expect(try kernels(sample, off).allSatisfy(isDirect)) }
  }

  // MARK: Running

  /// The results, of a plan that does use the algorithm.
  private func run(
    _ graph: Graph, _ operands: [TensorData], threads: Int
  ) throws -> [TensorData] {
    let executable = try CPUBackend().compile(
      graph, CompileOptions(threads: threads, profiles: true))
    #expect(executable.profile.contains { !isDirect($0.kernel) }, "\(executable.profile)")
    return try executable.run(operands)
  }

  private func kernels(_ sample: Sample, _ options: CompileOptions) throws -> [String] {
    let graph = try sample.graph(sample.operandData())
    return try CPUBackend().compile(graph, options).profile.map(\.kernel)
  }

  /// Lepton's kernels say their name; oneDNN's, where it has them, say theirs.
  private func isDirect(_ kernel: String) -> Bool {
    Processor.hasWinograd ? !kernel.contains("wino") : kernel != "lepton:winograd"
  }
}
