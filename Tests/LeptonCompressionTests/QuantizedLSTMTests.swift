import Lepton
import LeptonCPU
import LeptonCompiler
import LeptonCompression
import LeptonData
import LeptonGraph
import LeptonONNX
import LeptonOps
import LeptonRuntime
import LeptonValues
import Testing

@Suite("LSTMs in 8 bits")
struct QuantizedLSTMTests {
  @Test("They compute nearly what the model does, with integer weights only")
  func isNear() throws {
    let (model, int8) = try networks()
    let rows = try halves(16, seed: 4).features
    let exact = try Session(model.withBatch(16)).run([rows])[0].floats
    let session = try Session(int8.withBatch(16))
    let rounded = try session.run([rows])[0].floats
    let largest = exact.map(abs).max()!
    for (a, b) in zip(exact, rounded) { #expect(abs(a - b) < 0.03 * largest) }
    #expect(exact != rounded)
    #expect(isInteger(session.graph))
  }

  @Test("The session computes what the graph says", arguments: [1, 3, 26])
  func agreesWithReference(batch: Int) throws {
    let int8 = try networks().int8
    let rows = try halves(batch, seed: 9).features
    let defined = try int8.withBatch(batch).frozen().evaluate([rows])[0].floats
    let computed = try Session(int8.withBatch(batch)).run([rows])[0].floats
    for (a, b) in zip(defined, computed) { #expect(abs(a - b) < 2e-3) }
  }

  @Test("One example on several threads gives the bits of one")
  func sharesUnits() throws {
    let graph = try Session(networks(hidden: 131).int8.withBatch(1)).graph
    let row = try halves(1, seed: 5).features
    let alone = try CPUBackend().compile(graph, CompileOptions(threads: 1)).run([row])
    let together = try CPUBackend().compile(graph, CompileOptions(threads: 2))
    for _ in 0..<3 { #expect(try together.run([row]) == alone) }
  }

  @Test("First states beyond 1 keep to the rounding of 16 bits")
  func takesLargeStates() throws {
    var b = GraphBuilder(name: "lstm")
    let types = [
      TensorType(.f32, [3, 2, 68]), TensorType(.i8, [68, 17]), TensorType(.f32, [68]),
      TensorType(.f32, [2, 17]), TensorType(.f32, [2, 17]),
    ]
    let inputs = types.enumerated().map { b.input("\($0.offset)", $0.element) }
    let results = try b.add(QuantizedLSTMRecurrence(), inputs)
    for index in 0..<3 { b.output("y\(index)", results[index]) }
    let feeds = types.enumerated().map { place, type in
      let numbers = (0..<type.shape.elementCount).map { Double($0 * 7919 % 255 - 127) }
      let scale = [0.01, 1, 0, 0.2, 0.01][place]
      return TensorData(numbers.map { place == 2 ? 0.001 : $0 * scale }, as: type)
    }
    let expected = try b.graph.evaluate(feeds)
    let actual = try CPUBackend().compile(b.graph, CompileOptions(threads: 1)).run(feeds)
    for (expected, actual) in zip(expected, actual) {
      let differences = zip(expected.doubles, actual.doubles).map { abs($0 - $1) }
      #expect(differences.max()! < 2e-3)
    }
  }

  @Test("They read back from ONNX with the same parameters, and fold into the same kernels")
  func readBack() throws {
    let int8 = try networks().int8
    let again = try ONNXImporter().model(from: ONNXExporter().data(of: int8))
    #expect(again.weights == int8.weights)
    let session = try Session(again)
    #expect(isInteger(session.graph))
    let rows = try halves(1, seed: 5).features
    #expect(try session.run([rows]) == Session(int8).run([rows]))
  }

  @Test("One that reads tokens is calibrated with tokens, and its file opens at any batch")
  func tokens() throws {
    let model = try TokenReader().model(
      input: TensorType(.i64, [1, 9]), name: "tokens", seed: 2)
    let numbers = (0..<(40 * 9)).map { Int64($0 * 7919 % 50) }
    let data = try Dataset(
      features: TensorData(numbers, shape: [40, 9]),
      labels: TensorData((0..<40).map { Int32($0 % 3) }, shape: [40]), classes: ["a", "b", "c"],
      kind: .tensor, origin: "tokens")
    let set = try CalibrationSet(drawnFrom: data, leavingOut: [])
    let int8 = try Calibration(of: model, on: set).quantized()
    let again = try ONNXImporter().model(from: ONNXExporter().data(of: int8))
    for batch in [1, 5] {
      let rows = data.first(batch).features
      let exact = try Session(model.withBatch(batch)).run([rows])[0].floats
      let session = try Session(again.withBatch(batch))
      let rounded = try session.run([rows])[0].floats
      let largest = exact.map(abs).max()!
      for (a, b) in zip(exact, rounded) { #expect(abs(a - b) < 0.05 * largest) }
      #expect(session.graph.nodes.contains { $0.op is QuantizedLSTMRecurrence })
    }
  }

  private func isInteger(_ graph: Graph) -> Bool {
    graph.nodes.contains { $0.op is QuantizedLSTMRecurrence }
      && graph.nodes.contains { $0.op is QuantizedDense }
      && !graph.nodes.contains { $0.op is LSTMRecurrence || $0.op is Dequantize }
  }

  private func networks(hidden: Int = 40) throws -> (model: Model, int8: Model) {
    let model = try RowReader(hidden: hidden).model(
      input: TensorType(.f32, [1, 1, 8, 8]), name: "rows", seed: 1
    ).withImagePreprocessing(mean: [110], std: [50])
    let set = try CalibrationSet(drawnFrom: halves(64, seed: 3), leavingOut: [])
    return (model, try Calibration(of: model, on: set).quantized())
  }
}

/// Reads an image row by row.
private struct RowReader: Module {
  var lstm: Lepton.LSTM

  init(hidden: Int) { lstm = Lepton.LSTM(8, hidden) }

  func callAsFunction(_ x: Tensor) -> Tensor { lstm.run(x.reshaped(to: [-1, 8, 8])).hidden }
}

/// Tells three classes apart by numbers of words.
private struct TokenReader: Module {
  var embedding = Embedding(50, 12)
  var lstm = Lepton.LSTM(12, 24)
  var classifier = Dense(24, 3)

  func callAsFunction(_ tokens: Tensor) -> Tensor { classifier(lstm.run(embedding(tokens)).hidden) }
}
