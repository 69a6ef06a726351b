import Lepton
import LeptonCompiler
import LeptonCompression
import LeptonData
import LeptonGraph
import LeptonOps
import LeptonRuntime
import LeptonValues
import Testing

@Suite("Quantisation to 8 bits")
struct Int8QuantizationTests {
  let data = try! halves(64, seed: 3)

  func calibration(_ model: Model) throws -> Calibration {
    try Calibration(of: model, on: CalibrationSet(drawnFrom: data, leavingOut: []))
  }

  @Test("A quantised model computes nearly what the model does")
  func isNear() throws {
    let model = try smallCNN()
    let int8 = try calibration(model).quantized()
    let images = data.first(16).features
    let exact = try Session(model.withBatch(16)).run([images])[0].floats
    let rounded = try Session(int8.withBatch(16)).run([images])[0].floats
    let largest = exact.map(abs).max()!
    for (a, b) in zip(exact, rounded) { #expect(abs(a - b) < 0.05 * largest) }
    #expect(exact != rounded)
  }

  @Test("The CPU session and the definition agree within a step")
  func sessionAgreesWithReference() throws {
    let int8 = try calibration(smallCNN()).quantized().withBatch(8)
    let images = data.first(8).features
    let defined = try int8.frozen().evaluate([images])[0].floats
    let computed = try Session(int8).run([images])[0].floats
    let step = defined.map(abs).max()! / 127
    for (a, b) in zip(defined, computed) { #expect(abs(a - b) <= 1.01 * step) }
  }

  @Test("Every layer of a chain becomes an integer kernel, and nothing is rounded on its own")
  func foldsCompletely() throws {
    let int8 = try calibration(smallCNN()).quantized().withBatch(8)
    let graph = try Session(int8).graph
    #expect(graph.nodes.filter { $0.op is QuantizedConv2D }.count == 2)
    #expect(graph.nodes.filter { $0.op is QuantizedDense }.count == 2)
    #expect(!graph.nodes.contains { $0.op is Quantize || $0.op is Dequantize })
  }
}
