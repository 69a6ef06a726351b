import Lepton
import LeptonCompression
import LeptonData
import LeptonGraph
import LeptonValues
import Testing

@Suite("Sensitivity of layers")
struct LayerSensitivityTests {
  @Test("A layer whose weights span several magnitudes suffers most")
  func findsTheWorst() throws {
    var model = try smallMLP()
    // One large weight in each output: all others fall onto a few integers.
    let weight = model.weights["3.weight"]!
    var elements = weight.floats
    for output in 0..<32 { elements[output * 48] = 20 }
    model.weights["3.weight"] = TensorData(elements, shape: weight.shape)
    let set = try CalibrationSet(drawnFrom: halves(48, seed: 3), leavingOut: [])
    let found = try Calibration(of: model, on: set).sensitivities(on: set)
    #expect(Set(found.map(\.name)) == ["1", "3", "5"])
    #expect(found[0].name == "3")
    #expect(found.map(\.error) == found.map(\.error).sorted(by: >))
    #expect(found.allSatisfy { $0.error > 0 && $0.error < 1 })
  }
}
