import LeptonCPU
import LeptonCompiler
import LeptonGraph
import LeptonOps
import LeptonRuntime
import LeptonValues
import Testing

/// Batch normalisation in blocks of channels against the reference, at shapes with tails in every extent.
@Suite("Batch normalisation in blocks of channels")
struct BlockedBatchNormTests {
  static let shapes: [Shape] = [
    [2, 3, 4, 5], [1, 17, 3, 3], [37, 24, 1, 1], [2, 8, 23, 25], [5, 16, 7, 3], [17, 40, 2, 1],
    // Large enough to be split over threads: by blocks, by slices of blocks, by one image's blocks.
    [16, 32, 9, 9], [18, 24, 8, 8], [1, 32, 20, 20],
  ]

  @Test("Results and statistics behind a relu, with and without a residual", arguments: shapes)
  func forward(_ shape: Shape) throws {
    let row = Shape([shape[1]])
    for hasResidual in [false, true] {
      for range in [-1.0...1, 99...101] {
        let op = FusedBatchNorm(BatchNormTraining(epsilon: 1e-3), hasResidual: hasResidual)
        let operands: [Sample.Operand] = [.uniform(shape, range), .normal(row), .normal(row)]
        let sample = Sample(op, operands + (hasResidual ? [.normal(shape)] : []))
        try check(sample, tolerance: range.contains(0) ? 2e-5 : 1e-3)
      }
    }
  }

  @Test("Gradients with the relu's mask", arguments: shapes)
  func backward(_ shape: Shape) throws {
    let row = Shape([shape[1]])
    let op = FusedBatchNormGradient(BatchNormGradient(epsilon: 1e-3))
    try check(
      Sample(
        op,
        [
          .normal(shape), .normal(row), .normal(row), .normal(row), .uniform(row, 0.5...1),
          .normal(shape),
        ]), tolerance: 5e-5)
  }

  @Test("A training step's passes leave results and gradients what they were")
  func trainingPasses() throws {
    var b = GraphBuilder(name: "block")
    let shape: Shape = [4, 24, 5, 6]
    let samples = Sample(
      Relu(), [.normal(shape), .normal([24]), .normal([24]), .normal([24, 24, 3, 3])])
    let operands = samples.operandData()
    let x = operands.enumerated().map { b.input("x\($0.offset)", $0.element.type) }
    let inner = try b.add(BatchNormTraining(), Array(x[0...2]))[0]
    let hidden = try b.add(
      one: Conv2D(padding: [1, 1, 1, 1]), b.add(one: Relu(), inner), x[3])
    let outer = try b.add(BatchNormTraining(), [hidden, x[1], x[2]])[0]
    let y = try b.add(one: Relu(), b.add(one: Add(), outer, x[0]))
    let square = try b.add(one: Multiply(), y, y)
    let loss = try b.add(one: Reduce(.mean, axes: [0, 1, 2, 3], keepDims: false), square)
    b.output("loss", loss)
    let one = try b.scalar(1, like: loss)
    for (index, gradient) in try b.gradients(of: [(loss, one)], withRespectTo: x).enumerated() {
      b.output("g\(index)", try #require(gradient))
    }
    let expected = try b.graph.evaluate(operands)
    let compiled = try b.graph.applying(Pipelines.training(CPUBackend(), .f32))
    if Processor.channelBlock == 8 {
      #expect(compiled.nodes.count { $0.op is FusedBatchNorm } == 2)
      #expect(compiled.nodes.count { $0.op is FusedBatchNormGradient } == 1)
    }
    let actual = try CPUBackend().compile(compiled, CompileOptions()).run(operands)
    for (expected, actual) in zip(expected, actual) {
      #expect(actual.largestDifference(from: expected) <= 1e-4)
    }
  }

  /// As sampled, and with the same bits whatever the threads and from run to run.
  private func check(_ sample: Sample, tolerance: Double) throws {
    let operands = sample.operandData()
    let graph = try sample.graph(operands)
    let expected = try graph.evaluate(operands)
    var first: [[Double]]?
    for threads in [1, 2, 2] {
      let executable = try CPUBackend().compile(graph, CompileOptions(threads: threads))
      let actual = try executable.run(operands)
      for (expected, actual) in zip(expected, actual) {
        #expect(actual.largestDifference(from: expected) <= tolerance)
      }
      let bits = actual.map(\.doubles)
      #expect(bits == first ?? bits)
      first = bits
    }
  }
}
