import CLeptonDNN
import LeptonOps

/// What a primitive does to its result before it writes it, as oneDNN is told.
struct Epilogue {
  var activation: Activation?
  /// Adds the destination's old contents.
  var addsDestination = false
  /// For integer kernels: the real size of one accumulator step, one for all or one for each output channel.
  var outputScales: [Float] = []
  /// Multiplies the result before it is rounded; 1 for real results.
  var destinationScale: Float = 1
  /// Added to it before it is rounded.
  var destinationZero: Float = 0

  /// Fills in the C description; `body` runs while the scales are in memory.
  func describe<R>(_ target: inout ld_epilogue, _ body: (ld_epilogue) -> R) -> R {
    var (kind, alpha, beta): (ld_activation, Float, Float) = (LD_NO_ACTIVATION, 0, 0)
    switch activation {
    case nil: break
    case .relu: kind = LD_RELU
    case .sigmoid: kind = LD_SIGMOID
    case .tanh: kind = LD_TANH
    case .gelu(let tanh): kind = tanh ? LD_GELU_TANH : LD_GELU_ERF
    case .silu: (kind, alpha) = (LD_SWISH, 1)
    case .clip(let low, let high): (kind, alpha, beta) = (LD_CLIP, Float(low), Float(high))
    case .hardSwish: kind = LD_HARD_SWISH
    case .leakyRelu(let slope): (kind, alpha) = (LD_LEAKY_RELU, Float(slope))
    }
    target.activation = kind
    target.alpha = alpha
    target.beta = beta
    target.sum = addsDestination
    target.sum_scale = 1
    target.dst_scale = destinationScale == 1 ? 0 : destinationScale
    target.dst_zero = destinationZero
    return outputScales.withUnsafeBufferPointer { scales in
      target.output_scales = scales.isEmpty ? nil : scales.baseAddress
      target.output_scale_count = Int32(scales.count)
      return body(target)
    }
  }
}
