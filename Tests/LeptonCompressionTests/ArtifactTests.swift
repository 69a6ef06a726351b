import Lepton
import LeptonCompiler
import LeptonCompression
import LeptonData
import LeptonGraph
import LeptonONNX
import LeptonValues
import Testing

@Suite("Compressed models as ONNX files")
struct ArtifactTests {
  enum Form: CaseIterable {
    case bf16, int8

    func compress(_ model: Model) throws -> Model {
      switch self {
      case .bf16: return try model.withBFloat16Weights()
      case .int8:
        let set = try CalibrationSet(drawnFrom: halves(64, seed: 3), leavingOut: [])
        return try Calibration(of: model, on: set).quantized()
      }
    }
  }

  @Test(
    "They read back with the same parameters and compute the same bits", arguments: Form.allCases)
  func readBack(form: Form) throws {
    let model = try form.compress(smallCNN())
    let again = try ONNXImporter().model(from: ONNXExporter().data(of: model))
    #expect(again.parameterCount == model.parameterCount)
    #expect(again.weights == model.weights)
    #expect(again.facts == model.facts)
    let images = try halves(8, seed: 5).features
    let before = try Session(model.withBatch(8)).run([images])
    let after = try Session(again.withBatch(8)).run([images])
    #expect(before == after)
  }

  @Test("They take a half and a quarter of the bytes")
  func areSmall() throws {
    let exporter = ONNXExporter()
    let whole = Double(try exporter.data(of: wideNetwork()).count)
    #expect(Double(try exporter.data(of: Form.bf16.compress(wideNetwork())).count) < 0.55 * whole)
    #expect(Double(try exporter.data(of: Form.int8.compress(wideNetwork())).count) < 0.3 * whole)
  }

  /// Enough weights for what else is in a file not to count.
  private func wideNetwork() throws -> Model {
    let network = Sequential {
      Flatten()
      Dense(64, 256)
      Relu()
      Dense(256, 3)
    }
    return try network.model(input: TensorType(.f32, [1, 1, 8, 8]), name: "wide")
      .withImagePreprocessing(mean: [110], std: [50])
  }
}
