import Lepton
import Testing

@Suite struct ArchitectureTests {
  /// Parameters as PyTorch counts them for the same networks.
  @Test(
    "Built-in networks have the parameters and outputs of their models",
    arguments: [
      ("mlp", 109_386), ("lenet", 421_642), ("photo-cnn", 19_034_177), ("resnet18", 11_173_962),
      ("resnet20", 272_474), ("cnn", 495_722), ("bert6", 22_713_218),
    ])
  func counts(_ name: String, _ parameters: Int) throws {
    let architecture = try Architecture.named(name)
    let graph = try architecture.graph(batch: 2)
    try graph.verify()
    let sizes = graph.parameters.map { graph.type(of: $0.value).shape.elementCount }
    #expect(sizes.reduce(0, +) == parameters)
    #expect(graph.type(of: graph.outputs[0].value).shape == [2, architecture.outputCount])
    // The same graph holds for other batch sizes.
    var type = graph.type(of: graph.inputs[0].value)
    type.shape[0] = 7
    let other = try graph.specialized(["input": type])
    #expect(other.type(of: other.outputs[0].value).shape == [7, architecture.outputCount])
  }

  @Test("The photo network shrinks 150 pixels to 17, and smaller photos likewise")
  func photos() throws {
    let graph = try Architecture.photoCNN.graph(example: [3, 32, 32])
    // Two cells are left of 32 pixels.
    let dense = try #require(graph.input(named: "10.weight"))
    #expect(graph.type(of: dense.value).shape == [512, 128 * 2 * 2])
    #expect(graph.type(of: graph.outputs[0].value).shape == [1, 1])
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

  @Test(
    "Images that pooling would leave nothing of are refused, larger ones taken",
    arguments: [("lenet", 4), ("photo-cnn", 22), ("cnn", 4), ("resnet18", 1), ("resnet20", 1)])
  func leastExtent(_ name: String, _ least: Int) throws {
    let architecture = try Architecture.named(name)
    let graph = try architecture.graph(example: [1, least, least + 3])
    #expect(graph.type(of: graph.outputs[0].value).shape[0] == 1)
    #expect(throws: LeptonError.self) {
      try architecture.graph(example: [1, least + 3, least - 1])
    }
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
