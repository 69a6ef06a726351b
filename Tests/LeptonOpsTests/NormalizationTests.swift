import LeptonGraph
import LeptonOps
import LeptonValues
import Testing

@Suite("Normalisation")
struct NormalizationTests {
  /// Scale, bias, running mean and variance of three channels.
  private static let start = [
    sine([3], 0.9, 1), sine([3], 0.7), TensorData(zeros: TensorType(.f64, [3])),
    TensorData([1, 1, 1] as [Double], shape: [3]),
  ]

  private static func layer(_ x: TensorType, _ op: BatchNorm) throws -> Graph {
    var b = GraphBuilder(name: "layer")
    let row = TensorType(.f64, [3])
    let operands = [
      b.input("x", x), b.input("scale", row, role: .parameter),
      b.input("bias", row, role: .parameter), b.input("mean", row, role: .state),
      b.input("variance", row, role: .state),
    ]
    b.output("y", try b.add(op, operands)[0])
    return b.graph
  }

  @Test("of batches trains as PyTorch does, statistics included")
  func training() throws {
    let type = TensorType(.f64, [2, 3, 2, 2])
    let graph = try Self.layer(type, BatchNorm()).lowered(for: .training)
    try graph.verify()
    #expect(graph.outputs.map(\.name) == ["y", "mean", "variance"])
    var statistics = Array(Self.start[2...])
    var results: [TensorData] = []
    for step in 0..<2 {
      let x = sine(type.shape, 0.37, Double(step))
      results = try graph.evaluate([x] + Self.start[..<2] + statistics)
      statistics = Array(results[1...])
    }
    let expected = [
      Golden(
        type.shape, [0.666642844, 0.846349714, 0.853893197, 0.688252318, 0.919315103],
        sum: 13.0373393, squares: 24.8147535),
      Golden(
        [3], [0.0149199248, 0.092181142, 0.00179650296], sum: 0.10889757, squares: 0.00872319453),
      Golden(
        [3], [0.912472142, 0.856681274, 0.914211448], sum: 2.68336486, squares: 2.40229079),
    ]
    for (golden, result) in zip(expected, results) { #expect(golden.matches(result)) }

    let inference = try Self.layer(type, BatchNorm()).lowered(for: .inference)
    #expect(inference.nodes.map { $0.op is BatchNorm } == [true])
    let y = try inference.evaluate([sine(type.shape, 0.37, 1)] + Self.start[..<2] + statistics)
    #expect(
      Golden(
        type.shape, [0.728109413, 0.850058732, 0.855177749], sum: 17.6867231, squares: 20.6953762
      ).matches(y[0]))
  }

  @Test("of batches has PyTorch's gradient")
  func gradient() throws {
    let operands = [sine([2, 3, 2, 2], 0.37, 1)] + Self.start[..<2]
    let gradients = try applied(BatchNormTraining(), operands, seed: (0.23, 0)).gradients
    #expect(
      Golden(
        [2, 3, 2, 2], [-0.297327761, -0.0181125178, 0.261539483, 0.526957795], sum: 0,
        squares: 7.68939324
      ).matches(gradients[0]))
  }

  @Test("of batches of rows trains as PyTorch does")
  func rows() throws {
    let graph = try Self.layer(TensorType(.f64, [4, 3]), BatchNorm(momentum: 0.3))
      .lowered(for: .training)
    let plain = [TensorData([1, 1, 1] as [Double], shape: [3]), Self.start[2]]
    let results = try graph.evaluate([sine([4, 3])] + plain + Self.start[2...])
    let expected = [
      Golden(
        [4, 3], [-0.790697978, 0.0428742677, 0.627654238], sum: 0, squares: 11.9996032),
      Golden(
        [3], [0.112872712, 0.101377836, 0.076161945], sum: 0.290412493, squares: 0.0288183566),
      Golden(
        [3], [0.790563868, 0.822111694, 0.879459021], sum: 2.49213458, squares: 2.07430704),
    ]
    for (golden, result) in zip(expected, results) { #expect(golden.matches(result)) }
  }

  @Test("corrects the variance for the batch that it is specialised to")
  func specialized() throws {
    let graph = try Self.layer(TensorType(.f64, [9, 3]), BatchNorm(momentum: 0.3))
      .lowered(for: .training).specialized(["x": TensorType(.f64, [4, 3])])
    let plain = [TensorData([1, 1, 1] as [Double], shape: [3]), Self.start[2]]
    let results = try graph.evaluate([sine([4, 3])] + plain + Self.start[2...])
    #expect(
      Golden(
        [3], [0.790563868, 0.822111694, 0.879459021], sum: 2.49213458, squares: 2.07430704
      ).matches(results[2]))
  }

  @Test("keeps f32 statistics of a bf16 input")
  func mixed() throws {
    let op = BatchNormTraining()
    let row = TensorType(.f32, [3])
    let types = try op.resultTypes(of: [TensorType(.bf16, [4, 3]), row, row])
    #expect(types == [TensorType(.bf16, [4, 3]), row, row])
  }

  @Test("refuses to train on one element for each channel")
  func single() {
    let row = TensorType(.f32, [3])
    let error = #expect(throws: LeptonError.self) {
      try BatchNormTraining().resultTypes(of: [TensorType(.f32, [1, 3]), row, row])
    }
    #expect(error?.fix == "train with two examples or more in each batch")
  }

  @Test("of layers is PyTorch's, with its gradients")
  func layers() throws {
    let operands = [sine([2, 3, 4]), sine([4], 0.9, 1), sine([4], 0.7)]
    let (results, gradients) = try applied(LayerNorm(), operands, seed: (0.23, 0))
    let expected = [
      Golden(
        [2, 3, 4], [-1.20485089, 0.303909234, 1.17554849, 0.214700609], sum: 14.836204,
        squares: 25.7768197),
      Golden(
        [2, 3, 4], [-0.451064665, 0.51128875, 0.591583505], sum: 0, squares: 78.7967097),
      Golden(
        [4], [2.7262682, 0.0384667979, -1.25517632, -1.96657775], sum: -0.457019076,
        squares: 12.8769136),
      Golden([4], [0.625523345, 0.481635473, 0.312381205], sum: 1.54621471, squares: 0.736880678),
    ]
    for (golden, tensor) in zip(expected, results + gradients) { #expect(golden.matches(tensor)) }
  }

  @Test("by softmax does not overflow")
  func softmax() throws {
    let x = TensorData([1000, 1000, -1000] as [Float], shape: [1, 3])
    #expect(try applied(Softmax(), [x]).results[0].floats == [0.5, 0.5, 0])
    let log = try applied(LogSoftmax(), [x]).results[0].floats
    #expect(abs(log[0] + 0.6931472) < 1e-6 && log[2] < -1999)
  }
}
