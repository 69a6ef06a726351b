import LeptonGraph
import LeptonOps

/// Operators of ONNX that no operation here is, read as several. Those of other domains than ONNX's own are named with
/// their domain.
enum Compositions {
  static let readers: [String: ONNXReader] = [
    "AffineGrid": readAffineGrid,
    "Attention": readAttention,
    "BlackmanWindow": readBlackmanWindow,
    "CausalConvWithState": readCausalConvWithState,
    "DFT": readDFT,
    "DepthToSpace": readDepthToSpace,
    "Einsum": readEinsum,
    "GroupNormalization": readGroupNormalization,
    "HammingWindow": readHammingWindow,
    "HannWindow": readHannWindow,
    "Hardmax": readHardmax,
    "InstanceNormalization": readInstanceNormalization,
    "LRN": readLocalResponseNormalization,
    "LinearAttention": readLinearAttention,
    "Mean": readMean,
    "MeanVarianceNormalization": readMeanVarianceNormalization,
    "MelWeightMatrix": readMelWeightMatrix,
    "Mish": readMish,
    "NegativeLogLikelihoodLoss": readNegativeLogLikelihoodLoss,
    "RMSNormalization": readRMSNormalization,
    "RotaryEmbedding": readRotaryEmbedding,
    "STFT": readSTFT,
    "SoftmaxCrossEntropyLoss": readSoftmaxCrossEntropyLoss,
    "Softsign": readSoftsign,
    "SpaceToDepth": readSpaceToDepth,
    "SwiGLU": readSwiGLU,
    "Swish": readSwish,
    "TensorScatter": readTensorScatter,
    "TfIdfVectorizer": readTfIdfVectorizer,
    "ai.onnx.preview.training.Adagrad": readAdagrad,
    "ai.onnx.preview.training.Adam": readAdam,
    "ai.onnx.preview.training.Momentum": readMomentum,
  ].merging(PlainRecurrence.onnxReaders) { $1 }
}
