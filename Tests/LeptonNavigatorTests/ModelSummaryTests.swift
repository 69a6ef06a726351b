import Lepton
import LeptonNavigator
import Testing

@Suite("A network layer by layer")
struct ModelSummaryTests {
  @Test("Layers have their own parameters and multiply-adds, and they add up to the model's")
  func lenet() throws {
    let model = try Architecture.lenet.model(example: [1, 28, 28], outputs: 10)
    let summary = ModelSummary(model)
    let convolution = try #require(summary.layers.first { $0.kind == "conv2d" })
    #expect(convolution.name == "0" && convolution.shape == [1, 32, 28, 28])
    #expect(convolution.parameters == 32 * 9 + 32)
    #expect(convolution.macs == 32 * 28 * 28 * 9)
    #expect(summary.layers.reduce(0) { $0 + $1.parameters } == model.parameterCount)
    #expect(summary.layers.first { $0.kind == "maxPool2d" }?.macs == 0)
  }

  @Test("A deep network is shown by its blocks")
  func resnet() throws {
    let summary = ModelSummary(try Architecture.resnet20.model())
    #expect(summary.layers.count <= 40)
    #expect(summary.parameters == summary.layers.reduce(0) { $0 + $1.parameters })
  }
}
