import LeptonCPU
import LeptonGraph
import LeptonOps
import LeptonValues

extension Pass {
  /// Integer kernels whose sums could saturate go back to real arithmetic: without instructions that add products of bytes in
  /// 32 bits, pairs of them are added in 16, and weights of all 8 bits, as other tools make them, do not fit. What this
  /// package quantises keeps to weights that do.
  static let keepBytesExact = Pass("keep-bytes-exact") { graph in
    guard !Processor.multipliesInt8 else { return graph }
    var constants: [Value: TensorData] = [:]
    return try graph.rewritten { node, operands, b in
      if let constant = node.op as? Constant {
        let value = try b.add(one: constant)
        constants[value] = constant.value
        return [value]
      }
      guard let op = node.op as? any CompositeOp, op is QuantizedConv2D || op is QuantizedDense,
        let weights = constants[operands[1]]
      else { return nil }
      let source = b.type(of: operands[0])
      if let conv = op as? QuantizedConv2D, conv.multipliesIn16Bits(source, weights.shape) {
        return nil
      }
      // Signed images are shifted to unsigned ones, and their weights halved for that.
      let isHalved = op is QuantizedConv2D && source.dtype == .i8
      let fits = weights.array(of: Int8.self).allSatisfy {
        isHalved ? $0 % 2 == 0 && (-64...64).contains($0) : (-64...64).contains($0)
      }
      return fits ? nil : try op.decompose(operands, &b)
    }
  }
}

extension QuantizedConv2D {
  /// Whether its kernel multiplies numbers of 16 bits and adds them in 32, as those of single channels and of images do.
  fileprivate func multipliesIn16Bits(_ source: TensorType, _ weights: Shape) -> Bool {
    guard result.dtype != .f32, conv.dilation == [1, 1], source.shape.rank == 4 else {
      return false
    }
    let isDepthwise =
      conv.groups == source.shape[1] && weights[0] == source.shape[1] && weights[2] <= 7
    let isImage =
      conv.groups == 1 && source.dtype == .u8 && source.shape[1] <= 4 && weights[0] % 16 == 0
    return isDepthwise || isImage
  }
}
