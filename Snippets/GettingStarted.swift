// Train a small network on digits that the package draws itself, and run it.

import Lepton
import LeptonCompiler
import LeptonData
import LeptonTraining

let data = try DataSource.open("digits")
let parts = try data.train.split([0.9, 0.1], seed: 1)

// A network is a list of layers.
let network = Sequential {
  Conv2D(1, 32, kernel: 3, padding: 1)
  Relu()
  MaxPool2D(2)
  Flatten()
  Dense(32 * 14 * 14, 10)
}

// A model is a graph with weights. Its first nodes turn pixels into numbers of mean 0.
let pixels = Normalisation(of: parts[0])
let model = try network.model(input: TensorType(.f32, [1, 1, 28, 28]), name: "tiny", seed: 1)
  .withImagePreprocessing(
    mean: pixels.mean.map(Double.init), std: pixels.deviation.map(Double.init))

var configuration = TrainingConfiguration()
configuration.epochs = 2
let result = try Trainer.fit(
  model, train: parts[0], validation: parts[1], configuration: configuration
) { progress in
  print(ProgressLine.text(progress))
}

// A session is the model compiled for this processor.
let session = try Session(result.model)
let (image, label) = parts[1].example(at: 0)
let scores = try session.run([image.reshaped(to: [1, 1, 28, 28])])[0].doubles
print("a \(label), scores \(scores)")
