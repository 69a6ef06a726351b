import LeptonGraph

/// Operators of ONNX that no operation here is, read as several.
enum Compositions {
  static let readers: [String: ONNXReader] = [
    "DepthToSpace": readDepthToSpace,
    "GRU": { node, context in try Recurrence(node, &context).read(GRUCell(node), &context) },
    "InstanceNormalization": readInstanceNormalization,
    "LSTM": { node, context in try Recurrence(node, &context).read(LSTMCell(node), &context) },
    "Mean": readMean,
    "Softsign": readSoftsign,
    "SpaceToDepth": readSpaceToDepth,
  ]
}
