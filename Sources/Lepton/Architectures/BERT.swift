import LeptonValues

extension Architecture {
  /// A text encoder of MiniLM's shape: 6 layers, 384 features, 12 heads. Source: Devlin et al., 2019,
  /// and Wang et al., 2020.
  public static let bert6 = Architecture(
    "bert6", "a text encoder with 6 layers of 384 features, for token numbers",
    example: [64], outputs: 2, rank: 1, vocabulary: 30_522
  ) { example, outputs in BERT(length: example[0], outputs: outputs) }
}

private struct BERT: Module {
  var embedding = Embedding(30_522, 384)
  var position = Embedding(512, 384)
  var norm = LayerNorm(384)
  var layers = Sequential((0..<6).map { _ in EncoderLayer(384, heads: 12, hidden: 1536) })
  var pooler = Dense(384, 384)
  var classifier: Dense
  let length: Int

  init(length: Int, outputs: Int) {
    self.length = length
    classifier = Dense(384, outputs)
  }

  func callAsFunction(_ tokens: Tensor) -> Tensor {
    let x = norm(embedding(tokens) + position.weight.tensor[0..<length])
    return classifier(pooler(layers(x)[0..., 0]).tanh())
  }
}

/// Attention, then two dense layers, each beside a shortcut and normalised after it.
private struct EncoderLayer: Module {
  var attention: MultiHeadAttention
  var norm1: LayerNorm
  var dense1: Dense
  var dense2: Dense
  var norm2: LayerNorm

  init(_ features: Int, heads: Int, hidden: Int) {
    attention = MultiHeadAttention(features, heads: heads)
    norm1 = LayerNorm(features)
    dense1 = Dense(features, hidden)
    dense2 = Dense(hidden, features)
    norm2 = LayerNorm(features)
  }

  func callAsFunction(_ x: Tensor) -> Tensor {
    let y = norm1(x + attention(x))
    return norm2(y + dense2(dense1(y).gelu()))
  }
}
