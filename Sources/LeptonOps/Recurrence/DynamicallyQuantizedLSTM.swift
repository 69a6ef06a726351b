package import LeptonGraph

/// LSTM with weights of 8 bits, in ONNX Runtime's own domain: the sequence, and the state of every step, are quantised to
/// the range they have before weights meet them.
///
/// Examples that are computed together share that range, so their answers depend on each other a little. ONNX Runtime gives
/// threads examples of their own, and its ranges with them.
package enum DynamicallyQuantizedLSTM {
  package struct Weight {
    /// `[I, gates·H]`
    package let values: Value
    /// One, or one for each column.
    package let scale: Value
    package let zero: Value
  }

  /// The product of reals `[..., I]` with a weight.
  package typealias Product =
    @Sendable (
      _ rows: Value, _ weight: Weight, _ node: ONNXNode, _ context: inout ONNXReadContext
    ) throws -> Value

  package static func reader(_ product: @escaping Product) -> ONNXReader {
    var form = RecurrentONNX.lstm
    form.quantizedProduct = product
    return form.unrolledReader
  }
}
