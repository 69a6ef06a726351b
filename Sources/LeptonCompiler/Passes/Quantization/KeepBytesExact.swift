import LeptonCPU
import LeptonGraph
import LeptonOps
import LeptonValues

extension Pass {
  /// Integer kernels that are exact on any processor. Without instructions that add products of bytes in 32 bits, oneDNN adds
  /// pairs of them in 16, where weights of all 8 bits, as other tools make them, do not fit. This package's own kernels are exact
  /// with any weights; what they do not compute of a layer is split off, or the layer goes back to real arithmetic.
  static let keepBytesExact = Pass("keep-bytes-exact") { graph in
    guard !Processor.multipliesInt8 else { return graph }
    var constants: [Value: TensorData] = [:]
    return try graph.rewritten { node, operands, b in
      if let constant = node.op as? Constant {
        let value = try b.add(one: constant)
        constants[value] = constant.value
        return [value]
      }
      guard let op = node.op as? any QuantizedLayer, let weights = constants[operands[1]] else {
        return nil
      }
      let source = b.type(of: operands[0])
      let isSignedImage = op is QuantizedConv2D && source.dtype == .i8
      let hasOwnKernel = op.hasOwnKernel(source, weights.shape)
      if hasOwnKernel && op.activation.isInKernels
        || weights.suitsPairsOfBytes(isSignedImage: isSignedImage)
      {
        return nil
      }
      guard hasOwnKernel else { return try op.decompose(operands, &b) }
      var sum = op
      sum.activation = nil
      sum.result = Requantization(dtype: .f32, scale: 1)
      let real = try b.add(sum, operands)[0]
      return [try op.finish(real, &b)]
    }
  }
}

extension QuantizedLayer {
  /// Whether this package has a kernel for its sums, whatever becomes of them; for single channels, for all of it.
  fileprivate func hasOwnKernel(_ source: TensorType, _ weights: Shape) -> Bool {
    guard let conv = (self as? QuantizedConv2D)?.conv else { return true }
    guard conv.dilation == [1, 1] else { return false }
    let isDepthwise =
      conv.groups == source.shape[1] && weights[0] == source.shape[1]
      && weights[2] <= ByteDepthwise.largestHeight && result.dtype != .f32 && activation.isClamping
    return conv.groups == 1 || isDepthwise
  }
}

extension Activation? {
  fileprivate var isClamping: Bool {
    switch self {
    case nil, .relu, .clip: true
    default: false
    }
  }

  /// Whether it is part of the kernels of this package.
  fileprivate var isInKernels: Bool { isClamping || self == .gelu(tanh: false) }
}
