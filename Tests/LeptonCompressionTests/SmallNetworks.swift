import Lepton
import LeptonData
import LeptonGraph
import LeptonValues

/// Random grey images 8 x 8 in three classes: a bright left, right or lower half.
func halves(_ count: Int, seed: UInt64) throws -> Dataset {
  var generator = SeededGenerator(seed: seed)
  var pixels = [UInt8](repeating: 0, count: count * 64)
  var labels: [Int32] = []
  for image in 0..<count {
    let label = generator.below(3)
    labels.append(Int32(label))
    for y in 0..<8 {
      for x in 0..<8 {
        let isBright = [x < 4, x >= 4, y >= 4][label]
        pixels[image * 64 + y * 8 + x] = UInt8((isBright ? 110 : 40) + generator.below(120))
      }
    }
  }
  return try Dataset(
    features: TensorData(pixels, shape: [count, 1, 8, 8]),
    labels: TensorData(labels, shape: [count]), classes: ["left", "right", "lower"], kind: .image,
    origin: "halves")
}

/// Convolutions with and without batch normalisation, pooling, two dense layers; takes stored images.
func smallCNN(seed: UInt64 = 1) throws -> Model {
  let network = Sequential {
    Conv2D(1, 16, kernel: 3, padding: 1, bias: false)
    BatchNorm(16)
    Relu()
    MaxPool2D(2)
    Conv2D(16, 32, kernel: 3, padding: 1)
    Relu()
    MaxPool2D(2)
    Flatten()
    Dense(128, 32)
    Relu()
    Dense(32, 3)
  }
  return try network.model(input: TensorType(.f32, [1, 1, 8, 8]), name: "small", seed: seed)
    .withImagePreprocessing(mean: [110], std: [50])
}

/// Three dense layers; takes stored images.
func smallMLP(seed: UInt64 = 1) throws -> Model {
  let network = Sequential {
    Flatten()
    Dense(64, 48)
    Relu()
    Dense(48, 32)
    Relu()
    Dense(32, 3)
  }
  return try network.model(input: TensorType(.f32, [1, 1, 8, 8]), name: "dense", seed: seed)
    .withImagePreprocessing(mean: [110], std: [50])
}
