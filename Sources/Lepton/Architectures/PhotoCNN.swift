import LeptonValues

extension Architecture {
  /// Three valid convolutions and a wide dense layer, for photos of 150 x 150 pixels and a binary
  /// decision.
  public static let photoCNN = Architecture(
    "photo-cnn", "three convolutions (32, 64, 128) and a dense layer of 512",
    example: [3, 150, 150], outputs: 1, rank: 3, leastExtent: 22
  ) { example, outputs in
    // A valid 3 x 3 convolution takes two pixels, the pooling half of the rest.
    func after(_ stages: Int, _ extent: Int) -> Int {
      (0..<stages).reduce(extent) { extent, _ in (extent - 2) / 2 }
    }
    return Sequential {
      Conv2D(example[0], 32, kernel: 3)
      Relu()
      MaxPool2D(2)
      Conv2D(32, 64, kernel: 3)
      Relu()
      MaxPool2D(2)
      Conv2D(64, 128, kernel: 3)
      Relu()
      MaxPool2D(2)
      Flatten()
      Dense(128 * after(3, example[1]) * after(3, example[2]), 512)
      Relu()
      Dense(512, outputs)
    }
  }
}
