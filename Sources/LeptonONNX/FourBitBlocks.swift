import LeptonOps
import LeptonValues

/// Weights as integers of -8...7 in blocks along one axis, each block with a scale of its own: what DequantizeLinear of
/// opset 21 widens, and ONNX Runtime multiplies without widening.
struct FourBitBlocks {
  /// `i4`, of the weights' shape.
  let integers: TensorData
  /// `f32`, of the weights' shape with the number of blocks along the axis.
  let scales: TensorData
  let axis: Int
  /// Weights in a block; the last along the axis may have fewer.
  let length: Int

  /// Fewer weights than this along the axis are not worth a scale.
  static let fewest = 16

  /// No axis of a file has more elements.
  private static let longest = 1 << 40

  /// Rounds weights. The largest of a block by magnitude becomes -8; a block of nothing but zeros, or of numbers next to
  /// zero, becomes zeros.
  init(_ weights: TensorData, axis: Int, length: Int) {
    let places = BlockPlaces(weights.shape, axis: axis, length: length)
    let values = weights.floats
    var extremes = [Float](repeating: 0, count: places.blocks.elementCount)
    for (index, value) in values.enumerated() where abs(value) > abs(extremes[places[index]]) {
      extremes[places[index]] = value
    }
    let scales = extremes.map { ($0 / -8).isNormal ? $0 / -8 : 1 }
    let integers = values.enumerated().map { index, value in
      Int64(min(max((value / scales[places[index]]).rounded(.toNearestOrEven), -8), 7))
    }
    self.integers = TensorData(wholeNumbers: integers, as: TensorType(.i4, weights.shape))
    self.scales = TensorData(scales, shape: places.blocks)
    (self.axis, self.length) = (axis, length)
  }

  /// Those of a node that widens constants; nil where it is none, or of another form.
  init?(_ node: ONNXNodeProto, _ tensors: [String: TensorData]) {
    guard node.key == "DequantizeLinear", node.input.count >= 2,
      node.input.dropFirst(2).allSatisfy(\.isEmpty), node.output.count == 1,
      let integers = tensors[node.input[0]], integers.dtype == .i4,
      let scales = tensors[node.input[1]], scales.dtype == .f32,
      [nil, 0, DType.f32.onnxCode].contains(node.int("output_dtype")),
      let length = node.int("block_size"), (1...Self.longest).contains(length),
      let axis = integers.shape.axis(node.int("axis") ?? 1),
      scales.shape == BlockPlaces(integers.shape, axis: axis, length: length).blocks
    else { return nil }
    (self.integers, self.scales, self.axis, self.length) = (integers, scales, axis, length)
  }

  /// The weights that they stand for.
  var values: TensorData {
    let places = BlockPlaces(integers.shape, axis: axis, length: length)
    let scales = scales.floats
    return TensorData(
      integers.converted(to: .f32).floats.enumerated().map { $1 * scales[places[$0]] },
      shape: integers.shape)
  }
}

/// Which block each element of a tensor belongs to.
private struct BlockPlaces {
  /// The shape of one number for each block.
  let blocks: Shape
  private let extent: Int
  private let inner: Int
  private let length: Int

  init(_ shape: Shape, axis: Int, length: Int) {
    var blocks = shape
    blocks[axis] = (shape[axis] + length - 1) / length
    self.blocks = blocks
    self.length = length
    extent = shape[axis]
    inner = shape.extents[(axis + 1)...].reduce(1, *)
  }

  subscript(_ index: Int) -> Int {
    let (outer, along) = (index / (inner * extent), index / inner % extent)
    let count = (extent + length - 1) / length
    return (outer * count + along / length) * inner + index % inner
  }
}

extension ONNXNodeProto {
  fileprivate func int(_ name: String) -> Int? {
    attribute.first { $0.name == name }.map { Int($0.i) }
  }
}
