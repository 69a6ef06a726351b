extension Architecture {
  /// Dense 128, 64 with ReLU: 784-128-64-10 on 28 x 28 images.
  public static let mlp = Architecture(
    "mlp", "two hidden layers, 128 and 64 wide", example: [784], outputs: 10
  ) { example, outputs in
    Sequential {
      if example.rank > 1 { Flatten() }
      Dense(example.elementCount, 128)
      Relu()
      Dense(128, 64)
      Relu()
      Dense(64, outputs)
    }
  }
}
