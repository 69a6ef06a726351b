public import LeptonGraph
public import LeptonValues

/// The same bits taken for elements of another type that is as wide.
public struct BitCast: Op {
  public static let name = "bitCast"

  public var to: DType

  public init(to: DType) { self.to = to }

  public func resultTypes(of operands: [TensorType]) throws -> [TensorType] {
    try expect(1, operands)
    let from = operands[0].dtype
    guard from.bitCount == to.bitCount else {
      throw LeptonError(
        .badInput, "bitCast: elements of \(from) have not the width of \(to)",
        fix: "choose a type of \(from.bitCount) bits")
    }
    return [operands[0].with(dtype: to)]
  }

  public func pullback(
    _ node: Node, _ gradients: [Value?], _ b: inout GraphBuilder
  ) throws -> [Value?] { [nil] }

  public func reference(
    _ operands: [TensorData], _ results: [TensorType]
  ) throws -> [TensorData] {
    // Types of fewer than eight bits lie in a byte each, those with a sign extended.
    if to.isInteger, operands[0].dtype.isInteger { return [operands[0].converted(to: to)] }
    // A byte that is neither 0 nor 1 is no truth value.
    if to == .bool { return [operands[0].converted(to: .u8).converted(to: .bool)] }
    return [operands[0].withUnsafeBytes { TensorData(bytes: $0, type: results[0]) }]
  }

  public static let samples = [
    Sample(
      BitCast(to: .f32), [.integers([2, 3], 1 << 28...1 << 30, .i32)],
      differentiable: false),
    Sample(BitCast(to: .f16), [.integers([2, 3], 0...30_000, .u16)], differentiable: false),
    Sample(BitCast(to: .u4), [.integers([4], -8...7, .i4)], differentiable: false),
  ]

  public static let onnxReaders: [String: ONNXReader] = [
    "BitCast": { node, context in
      let code = node.int("to", default: 0)
      guard let dtype = DType(onnxCode: code) else {
        throw node.error("element type \(code) is not supported", fix: DType.onnxFix)
      }
      return try context.builder.add(BitCast(to: dtype), [node.input(0)])
    }
  ]

  public func writeONNX(_ node: Node, _ writer: inout ONNXWriter) throws {
    writer.emit("BitCast", for: node, ["to": .int(to.onnxCode)], since: 26)
  }
}
