import Lepton
import LeptonServing
import LeptonValues
import Testing

@Suite("What a model takes")
struct ModelInputTests {
  private func model(_ type: TensorType) throws -> Model {
    try Sequential { Flatten() }.model(input: type, name: "flat", seed: 1)
  }

  @Test("a model of rows takes a table")
  func rows() throws {
    let input = try ModelInput(model(TensorType(.f32, [1, 4])))
    #expect(input.isTable && !input.isImage)
    #expect(input.exampleShape == [4])
  }

  @Test("a model of prepared images takes no files")
  func prepared() throws {
    #expect(throws: LeptonError.self) { try ModelInput(model(TensorType(.f32, [1, 1, 8, 8]))) }
  }
}
