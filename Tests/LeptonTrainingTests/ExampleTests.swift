import Lepton
import LeptonCompiler
import LeptonData
import LeptonTraining
import Testing

/// The README's example, on fewer images.
@Suite("The example that one reads first")
struct ExampleTests {
  @Test("compiles, trains and runs")
  func example() throws {
    let network = Sequential {
      Conv2D(1, 32, kernel: 3, padding: 1)
      Relu()
      MaxPool2D(2)
      Flatten()
      Dense(32 * 14 * 14, 10)
    }
    let data = try DataSource.open("digits")
    let parts = try data.train.split([0.02, 0.01, 0.97], seed: 1)
    let pixels = Normalisation(of: parts[0])

    let model = try network.model(input: TensorType(.f32, [1, 1, 28, 28]), name: "tiny", seed: 1)
      .withImagePreprocessing(
        mean: pixels.mean.map(Double.init), std: pixels.deviation.map(Double.init))
    var lines: [String] = []
    var brief = TrainingConfiguration()
    brief.epochs = 1
    let result = try Trainer.fit(
      model, train: parts[0], validation: parts[1], configuration: brief
    ) { lines.append(ProgressLine.text($0)) }
    let session = try Session(result.model)  // frozen, fused, packed

    #expect(!lines.isEmpty && result.history.count == 1)
    #expect(session.graph.outputs.count == 1)
  }
}
