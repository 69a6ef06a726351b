import LeptonValues

extension Architecture {
  /// A strong small network for grey images of about 28 x 28: four convolutions with batch
  /// normalisation, then a dense layer.
  ///
  /// Channel counts are multiples of 32, so that every layer but the stem fills the vectors of a
  /// CPU, in 8 bits too; each pooling comes before channels double, which keeps it at 16 MFLOP for
  /// an image.
  public static let cnn = Architecture(
    "cnn", "four convolutions with batch normalisation (32, 64), a dense layer, dropout",
    example: [1, 28, 28], outputs: 10, rank: 3, leastExtent: 4
  ) { example, outputs in
    func block(_ inputs: Int, _ outputs: Int) -> [any Module] {
      [
        Conv2D(inputs, outputs, kernel: 3, padding: 1, bias: false), BatchNorm(outputs), Relu(),
      ]
    }
    let head: [any Module] = [
      Flatten(), Dropout(0.3), Dense(64 * (example[1] / 4) * (example[2] / 4), 128), Relu(),
      Dropout(0.3), Dense(128, outputs),
    ]
    return Sequential(
      block(example[0], 32) + [MaxPool2D(2)] + block(32, 64) + [MaxPool2D(2)] + block(64, 64)
        + block(64, 64) + head)
  }
}
