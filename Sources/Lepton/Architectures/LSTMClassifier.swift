import LeptonValues

extension Architecture {
  /// An LSTM that reads token numbers and decides at the last one.
  public static let lstm = Architecture(
    "lstm", "a recurrent text classifier of 128 features, for token numbers",
    example: [128], outputs: 2, rank: 1, vocabulary: 10_000
  ) { _, outputs in LSTMClassifier(outputs: outputs) }
}

private struct LSTMClassifier: Module {
  var embedding = Embedding(10_000, 128)
  var lstm = LSTM(128, 128)
  var classifier: Dense

  init(outputs: Int) { classifier = Dense(128, outputs) }

  func callAsFunction(_ tokens: Tensor) -> Tensor { classifier(lstm.run(embedding(tokens)).hidden) }
}
