import LeptonGraph

/// Operators of ONNX that no operation here is, read as several.
enum Compositions {
  static let readers: [String: ONNXReader] = [
    "AffineGrid": readAffineGrid,
    "CenterCropPad": readCenterCropPad,
    "Col2Im": readCol2Im,
    "Compress": readCompress,
    "CumProd": readCumProd,
    "CumSum": readCumSum,
    "DeformConv": readDeformConv,
    "DepthToSpace": readDepthToSpace,
    "EyeLike": readEyeLike,
    "GatherElements": readGatherElements,
    "GlobalLpPool": readGlobalLpPool,
    "GridSample": readGridSample,
    "InstanceNormalization": readInstanceNormalization,
    "LpPool": readLpPool,
    "MaxUnpool": readMaxUnpool,
    "Mean": readMean,
    "NonMaxSuppression": readNonMaxSuppression,
    "NonZero": readNonZero,
    "ReverseSequence": readReverseSequence,
    "RoiAlign": readRoiAlign,
    "Scatter": readScatterElements,
    "ScatterElements": readScatterElements,
    "Softsign": readSoftsign,
    "SpaceToDepth": readSpaceToDepth,
    "TensorScatter": readTensorScatter,
    "Trilu": readTrilu,
    "Unique": readUnique,
  ]
}
