public import LeptonGraph
public import LeptonValues

/// The places along an axis of the operand: 0, 1, 2 and so on, as many as its extent, i64. Its elements do not matter.
public struct Positions: TypeOp {
  public static let name = "positions"

  /// Negative ones count from the last.
  public var axis: Int

  public init(axis: Int) { self.axis = axis }

  public func resultTypes(of operands: [TensorType]) throws -> [TensorType] {
    try expect(1, operands)
    let shape = operands[0].shape
    return [TensorType(.i64, [shape[try resolve(axis, in: shape)]])]
  }

  public func value(of operand: TensorType) throws -> TensorData {
    let count = operand.shape[try resolve(axis, in: operand.shape)]
    return TensorData((0..<count).map(Int64.init), shape: [count])
  }

  public static let samples = [
    Sample(Positions(axis: 1), [.normal([2, 7, 3])], differentiable: false, onnx: false),
    Sample(
      Positions(axis: -1), [.integers([5], 0...9, .i64)], differentiable: false, onnx: false),
  ]

  /// A range up to an element of the shape. Read for one size, that is a constant.
  public func writeONNX(_ node: Node, _ writer: inout ONNXWriter) throws {
    let axis = try resolve(axis, in: writer.type(of: node.operand).shape)
    func scalar(_ number: Int, _ name: String) -> String {
      writer.constant(TensorData(scalar: Int64(number)), named: name)
    }
    let (shape, extent) = (writer.temporary("shape"), writer.temporary("extent"))
    writer.emit("Shape", [writer.name(of: node.operand)], [shape])
    writer.emit("Gather", [shape, scalar(axis, "axis")], [extent], ["axis": .int(0)])
    writer.emit(
      "Range", [scalar(0, "first"), extent, scalar(1, "step")], [writer.name(of: node.result)])
  }
}
