import LeptonValues

extension Architecture {
  /// Two convolutions, 32 and 64 channels, and a dense layer of 128. After LeCun et al., 1998.
  public static let lenet = Architecture(
    "lenet", "two convolutions (32, 64) and a dense layer of 128", example: [1, 28, 28],
    outputs: 10, rank: 3, leastExtent: 4
  ) { example, outputs in
    Sequential {
      Conv2D(example[0], 32, kernel: 3, padding: 1)
      Relu()
      MaxPool2D(2)
      Conv2D(32, 64, kernel: 3, padding: 1)
      Relu()
      MaxPool2D(2)
      Flatten()
      Dense(64 * (example[1] / 4) * (example[2] / 4), 128)
      Relu()
      Dense(128, outputs)
    }
  }
}
