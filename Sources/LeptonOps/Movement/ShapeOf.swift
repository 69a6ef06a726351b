public import LeptonGraph
public import LeptonValues

/// The extents of the operand, i64 `[rank]`. Its elements do not matter.
public struct ShapeOf: TypeOp {
  public static let name = "shapeOf"

  public init() {}

  public func resultTypes(of operands: [TensorType]) throws -> [TensorType] {
    try expect(1, operands)
    return [TensorType(.i64, [operands[0].shape.rank])]
  }

  public func value(of operand: TensorType) -> TensorData {
    TensorData(operand.shape.map(Int64.init), shape: [operand.shape.rank])
  }

  public static let samples = [
    Sample(ShapeOf(), [.normal([2, 7, 3])], differentiable: false, onnx: false),
    Sample(ShapeOf(), [.integers([], 0...9, .i64)], differentiable: false, onnx: false),
  ]

  public func writeONNX(_ node: Node, _ writer: inout ONNXWriter) throws {
    writer.emit("Shape", for: node)
  }
}
