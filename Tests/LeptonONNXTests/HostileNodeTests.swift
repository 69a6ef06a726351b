import LeptonGraph
import LeptonONNX
import LeptonValues
import Testing

/// Attributes and operands that no exporter writes, for operators that compute extents or positions
/// from them: refused, each by its name.
@Suite("Hostile nodes")
struct HostileNodeTests {
  private static let image = OneNode.iota([1, 1, 4, 4])
  private static func one(
    _ opType: String, _ x: TensorData, _ operands: [TensorData?] = [],
    _ attributes: [String: ONNXAttribute] = [:], outputs: Int = 1
  ) -> OneNode {
    OneNode(
      opType: opType, x: x, operands: operands, attributes: attributes, outputs: outputs)
  }

  static let nodes: [OneNode] = [
    one("TopK", image, [OneNode.ints(5)], outputs: 2),
    one("TopK", image, [OneNode.ints(-1)], outputs: 2),
    one("CumSum", image, [OneNode.ints(4)]),
    one("GatherElements", image, [TensorData([0] as [Int64], shape: [1])]),
    one(
      "GatherElements", image, [TensorData(zeros: TensorType(.i64, [2, 1, 1, 1]))],
      ["axis": .int(1)]),
    one("GatherND", image, [TensorData(zeros: TensorType(.i64, [1, 5]))]),
    one("GatherND", image, [OneNode.ints(0)], ["batch_dims": .int(-1)]),
    one("ScatterND", image, [OneNode.ints(0), OneNode.floats([1], [1])]),
    one(
      "ScatterND", image, [OneNode.ints(0, 0, 0, 0), OneNode.floats([1], [])],
      ["reduction": .string("xor")]),
    one("Compress", image, [TensorData([true, true], shape: [2])], ["axis": .int(0)]),
    one("ReverseSequence", image, [OneNode.ints(1)], ["time_axis": .int(1)]),
    one("Trilu", OneNode.iota([4])),
    one(
      "Slice", image, [OneNode.ints(3), OneNode.ints(.max), OneNode.ints(3), OneNode.ints(-1)]),
    one("CenterCropPad", image, [OneNode.ints(2, 2)]),
    one("CenterCropPad", image, [OneNode.ints(-2)], ["axes": .ints([2])]),
    one("OneHot", OneNode.iota([2]), [OneNode.floats([2.5], [1]), OneNode.floats([0, 1], [2])]),
    one("OneHot", OneNode.iota([2]), [OneNode.ints(3), OneNode.floats([0, 1, 2], [3])]),
    one("MaxPool", image, [], ["kernel_shape": .ints([2, 2]), "strides": .ints([0, 1])]),
    one("MaxPool", image, [], ["kernel_shape": .ints([2])]),
    one("MaxPool", image, [], ["kernel_shape": .ints([2, 2]), "dilations": .ints([1 << 30, 1])]),
    one("AveragePool", image, [], ["kernel_shape": .ints([2, 2]), "pads": .ints([1, 1])]),
    one("LpPool", image, [], ["kernel_shape": .ints([2, 2]), "p": .int(0)]),
    one(
      "MaxUnpool", image, [TensorData(zeros: TensorType(.i64, image.shape))],
      ["kernel_shape": .ints([2, 2]), "strides": .ints([1 << 24, 1 << 24])]),
    one("Conv", image, [OneNode.iota([1, 1, 2, 2])], ["kernel_shape": .ints([3, 3])]),
    one("Conv", image, [OneNode.iota([1, 1, 2])]),
    one("ConvTranspose", image, [OneNode.iota([1, 1, 2, 2])], ["pads": .ints([9, 9, 9, 9])]),
    one("Col2Im", OneNode.iota([1, 5, 4]), [OneNode.ints(2, 2), OneNode.ints(1, 5)]),
    one("Col2Im", OneNode.iota([1, 4, 4]), [OneNode.ints(1 << 31, 1 << 31), OneNode.ints(2, 2)]),
    one("DeformConv", image, [OneNode.iota([1, 1, 2, 2]), OneNode.iota([1, 4, 3, 3])]),
    one("GridSample", image, [OneNode.iota([1, 2, 2, 3])]),
    one("GridSample", image, [OneNode.iota([1, 2, 2, 2])], ["mode": .string("quintic")]),
    one("RoiAlign", image, [OneNode.iota([1, 4]), OneNode.ints(0)]),
    one("AffineGrid", OneNode.iota([1, 2, 3]), [OneNode.ints(1, 1, 1 << 31, 1 << 31)]),
    one("Resize", image, [nil, nil, OneNode.ints(1, 1, 0, 4)]),
    one("Resize", image, [nil, OneNode.floats([1, 1, 2, -1], [4])]),
    one("Resize", image, [nil, nil, OneNode.ints(1, 1, 1 << 30, 4)], ["mode": .string("linear")]),
    one(
      "Resize", image, [nil, nil, OneNode.ints(1, 1, 2, 2)],
      ["mode": .string("nearest"), "antialias": .int(1)]),
    one(
      "Resize", TensorData(zeros: TensorType(.i64, [1, 1, 4, 4])),
      [nil, nil, OneNode.ints(1, 1, 2, 2)], ["mode": .string("cubic")]),
    one(
      "Resize", image, [OneNode.floats([0, 1], [2]), nil, OneNode.ints(1, 1, 2, 2)],
      ["coordinate_transformation_mode": .string("tf_crop_and_resize")]),
    one(
      "Resize", image, [nil, OneNode.floats([1, 1, 1.3, 1], [4])],
      ["mode": .string("linear"), "coordinate_transformation_mode": .string("align_corners")]),
    one("Reshape", image, [OneNode.ints(0, 16)], ["allowzero": .int(1)]),
    one("Tile", image, [OneNode.ints(1, 1, 1, -1)]),
  ]

  @Test("are refused when they are read", arguments: nodes)
  func refused(_ node: OneNode) throws {
    let error = #expect(throws: LeptonError.self) { try node.model() }
    #expect(error?.kind == .badInput)
  }
}

extension OneNode: CustomTestStringConvertible {
  var testDescription: String { "\(opType) \(attributes.keys.sorted()) of \(x.shape)" }
}
