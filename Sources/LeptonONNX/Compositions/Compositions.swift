import LeptonGraph

/// Operators of ONNX that no operation here is, read as several.
enum Compositions {
  static let readers: [String: ONNXReader] = [
    "DepthToSpace": readDepthToSpace,
    "InstanceNormalization": readInstanceNormalization,
    "Mean": readMean,
    "Softsign": readSoftsign,
    "SpaceToDepth": readSpaceToDepth,
  ]
}
