import Lepton
import Testing

@Suite struct ArchitectureTests {
  /// Parameters as PyTorch counts them for the same networks.
  @Test(
    "Built-in networks have the parameters and outputs of their models",
    arguments: [
      ("mlp", 109_386), ("lenet", 421_642), ("resnet18", 11_173_962), ("cnn", 495_722),
    ])
  func counts(_ name: String, _ parameters: Int) throws {
    let architecture = try Architecture.named(name)
    let model = try architecture.model(batch: 2)
    try model.verify()
    #expect(model.parameterCount == parameters)
    #expect(model.graph.type(of: model.graph.outputs[0].value).shape == [2, 10])
    #expect(try model.withBatch(7).graph.outputs.map { _ in 7 } == [7])
  }

  @Test("The photo network shrinks 150 pixels to 17, and smaller photos likewise")
  func photos() throws {
    let model = try Architecture.photoCNN.model(example: [3, 32, 32])
    // Two cells are left of 32 pixels.
    #expect(model.weights["10.weight"]?.shape == [512, 128 * 2 * 2])
    #expect(model.graph.type(of: model.graph.outputs[0].value).shape == [1, 1])
  }

  @Test("Other examples and classes are taken as they come")
  func otherShapes() throws {
    let model = try Architecture.cnn.model(example: [3, 32, 32], outputs: 7)
    #expect(model.graph.type(of: model.graph.outputs[0].value).shape == [1, 7])
  }

  @Test("A wrong name gets the nearest right one")
  func misspelt() {
    let error = #expect(throws: LeptonError.self) { try Architecture.named("resnet-18") }
    #expect(error?.fix == "did you mean 'resnet18'?")
    #expect(error?.kind == .usage)
  }

  @Test("Rows are no images")
  func wrongRank() {
    #expect(throws: LeptonError.self) { try Architecture.lenet.model(example: [784]) }
  }

  @Test("Preprocessing is part of the graph: u8 in, standardised")
  func preprocessing() throws {
    let plain = try Flatten().model(input: TensorType(.f32, [1, 2, 1, 2]))
    let model = try plain.withImagePreprocessing(mean: [10, 20], std: [2, 4])
    #expect(model.graph.type(of: model.graph.inputs[0].value) == TensorType(.u8, [1, 2, 1, 2]))
    let output = try model.graph.evaluate([
      TensorData([10, 12, 20, 16] as [UInt8], shape: [1, 2, 1, 2])
    ])
    #expect(output[0].doubles == [0, 1, 0, -1])
    #expect(throws: LeptonError.self) {
      try plain.withImagePreprocessing(mean: [1, 2, 3], std: [1])
    }
    #expect(throws: LeptonError.self) { try plain.withImagePreprocessing(mean: [1], std: [0]) }
    #expect(try model.withBatch(3).graph.outputs.count == 1)
  }
}
