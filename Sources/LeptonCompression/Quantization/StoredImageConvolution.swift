import LeptonGraph
import LeptonOps
import LeptonValues

/// A convolution whose input is a stored image `u8` under a normalisation `scale * x + shift` of each channel.
///
/// Its integers are there already, exact. The normalisation moves into weights and bias, and where the convolution pads
/// with zeros the image is padded with the pixel that normalises to zero.
struct StoredImageConvolution {
  /// The image, a value of the source's graph.
  let image: Value
  private let conv: Conv2D
  /// For each channel.
  private let scale: [Float]
  /// The pixel that becomes 0, for each channel.
  private let zeroPixel: [Float]

  /// nil for other inputs, for groups, and where padding would need more than one pixel value.
  init?(_ node: Node, in source: CompressibleGraph, _ index: GraphIndex) {
    guard let conv = node.op as? Conv2D, conv.groups == 1,
      let input = PixelNormalisation(node.operands[0], in: source, index),
      input.scale.allSatisfy({ $0 != 0 }),
      node.operands.count == 2 || source.constants[node.operands[2]] != nil
    else { return nil }
    self.conv = conv
    image = input.image
    scale = input.scale
    zeroPixel = zip(input.shift, input.scale).map { -$0 / $1 }
    if conv.padding.contains(where: { $0 != 0 }) {
      let pixels = Set(zeroPixel.map { $0.rounded() })
      guard pixels.count == 1, (0...255).contains(pixels.first!) else { return nil }
    }
  }

  /// The weights for pixels instead of normalised ones.
  func weights(_ weights: TensorData) -> TensorData {
    let plane = weights.shape[2] * weights.shape[3]
    let elements = weights.floats.enumerated().map { position, weight in
      weight * scale[position / plane % scale.count]
    }
    return TensorData(elements, shape: weights.shape)
  }

  /// The bias that goes with quantised `weights`: what they make of a pixel that stands for 0 is taken back exactly.
  func bias(_ bias: TensorData?, _ weights: QuantizedWeights) -> TensorData {
    let shape = weights.integers.shape
    let plane = shape[2] * shape[3]
    let integers = weights.integers.doubles
    let scales = weights.scales.doubles
    let base = bias?.doubles ?? [Double](repeating: 0, count: shape[0])
    let elements = (0..<shape[0]).map { output in
      let row = output * shape[1] * plane
      let sum = (0..<(shape[1] * plane)).reduce(0.0) {
        $0 + integers[row + $1] * Double(zeroPixel[$1 / plane])
      }
      return Float(base[output] - scales[output] * sum)
    }
    return TensorData(elements, shape: [shape[0]])
  }

  /// Writes the convolution on `image`, with dequantised weights and bias.
  func write(
    image: Value, weights: Value, bias: Value, _ b: inout GraphBuilder
  ) throws -> [Value] {
    var (x, conv) = (image, conv)
    if conv.padding.contains(where: { $0 != 0 }) {
      let padding = conv.padding
      x = try b.add(
        one: Pad(
          low: [0, 0, padding[0], padding[1]], high: [0, 0, padding[2], padding[3]],
          value: Double(zeroPixel[0].rounded())), x)
      conv.padding = [0, 0, 0, 0]
    }
    let one = try b.constant(TensorData(scalar: Float(1)))
    let zero = try b.constant(TensorData(scalar: UInt8(0)))
    let pixels = try b.add(one: Dequantize(), x, one, zero)
    return try b.add(conv, [pixels, weights, bias])
  }
}

/// `scale * x + shift` of each channel of a `u8` image, as a chain of operations with constants.
private struct PixelNormalisation {
  private(set) var image: Value
  private(set) var scale: [Float]
  private(set) var shift: [Float]

  init?(_ value: Value, in source: CompressibleGraph, _ index: GraphIndex) {
    let graph = source.graph
    guard let node = index.producers[value.id].map({ graph.nodes[$0] }) else { return nil }
    if node.op is Cast {
      let type = graph.type(of: node.operand)
      guard type.dtype == .u8, type.shape.rank == 4 else { return nil }
      image = node.operand
      scale = [Float](repeating: 1, count: type.shape[1])
      shift = [Float](repeating: 0, count: type.shape[1])
      return
    }
    guard node.operands.count == 2, let constant = source.constants[node.operands[1]],
      let inner = PixelNormalisation(node.operands[0], in: source, index),
      let factors = constant.perChannel(inner.scale.count)
    else { return nil }
    self = inner
    for (channel, factor) in factors.enumerated() {
      switch node.op {
      case is Add: shift[channel] += factor
      case is Subtract: shift[channel] -= factor
      case is Multiply:
        scale[channel] *= factor
        shift[channel] *= factor
      case is Divide:
        scale[channel] /= factor
        shift[channel] /= factor
      default: return nil
      }
    }
  }
}

extension TensorData {
  /// A scalar or `[..., C, 1, 1]` as one number for each of `channels`; nil for other shapes.
  fileprivate func perChannel(_ channels: Int) -> [Float]? {
    if elementCount == 1 { return [Float](repeating: floats[0], count: channels) }
    let rank = shape.rank
    guard elementCount == channels, rank >= 3, shape[rank - 3] == channels else { return nil }
    return floats
  }
}
