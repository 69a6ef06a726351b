import Lepton
import LeptonCompiler
import LeptonCompression
import LeptonData
import LeptonGraph
import LeptonValues
import Testing

@Suite("Weights in bf16")
struct BFloat16WeightsTests {
  @Test("Weights of layers take half the bytes, everything else stays")
  func halvesWeights() throws {
    let model = try smallCNN()
    let half = try model.withBFloat16Weights()
    for name in ["0.weight", "4.weight", "8.weight", "10.weight"] {
      #expect(half.weights[name]?.type == model.weights[name]!.type.with(dtype: .bf16))
    }
    #expect(half.weights["4.bias"] == model.weights["4.bias"])
    #expect(half.facts.lineage["compression"] == "bf16")
  }

  @Test("It computes with the rounded weights", arguments: [Precision.f32, .bf16])
  func computesNearly(precision: Precision) throws {
    let model = try smallCNN()
    let half = try model.withBFloat16Weights()
    let images = try halves(8, seed: 5).features
    let exact = try Session(model.withBatch(8)).run([images])[0].floats
    let rounded = try Session(half.withBatch(8), precision: precision).run([images])[0].floats
    let largest = exact.map(abs).max()!
    for (a, b) in zip(exact, rounded) { #expect(abs(a - b) < 0.02 * largest) }
    #expect(exact != rounded)
  }
}
