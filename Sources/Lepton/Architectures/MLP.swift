extension Architecture {
  /// Dense 128, 64 with ReLU: 784-128-64-10 on 28 x 28 images.
  public static let mlp = mlp(hidden: mlpWidths)

  /// The hidden layers of `mlp`.
  public static let mlpWidths = [128, 64]

  /// Dense layers with ReLU, of any widths, each with dropout behind it.
  public static func mlp(hidden: [Int], dropout: Double = 0) -> Architecture {
    let widths = hidden.map(String.init).joined(separator: " and ")
    return Architecture(
      "mlp", "\(hidden.count) hidden layers, \(widths) wide", example: [784], outputs: 10
    ) { example, outputs in
      Sequential {
        if example.rank > 1 { Flatten() }
        for (index, width) in hidden.enumerated() {
          Dense(index == 0 ? example.elementCount : hidden[index - 1], width)
          Relu()
          if dropout > 0 { Dropout(dropout) }
        }
        Dense(hidden.last ?? example.elementCount, outputs)
      }
    }
  }
}
