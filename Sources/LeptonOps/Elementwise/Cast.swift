public import LeptonGraph
public import LeptonValues

/// The elements in another type. Whole numbers truncate toward zero and saturate, bf16 rounds to
/// nearest, bool is whether the number differs from 0.
public struct Cast: ElementwiseOp {
  public static let name = "cast"
  public static let operandCount = 1
  public static let accepts = ElementKind.any

  public var to: DType

  public init(to: DType) { self.to = to }

  public func resultDType(_ operands: [DType]) throws -> DType { to }

  public func emit(
    _ x: [ScalarProgram.Register], _ p: inout ScalarProgram
  ) -> ScalarProgram.Register {
    switch to {
    case .f32, .f64: x[0]
    case .bf16: p.step(.roundBF16, x[0])
    case .i8, .u8, .i32, .i64: p.step(.truncate, x[0])
    case .bool: p.step(.notEqual, x[0], p.constant(0))
    }
  }

  public func pullback(
    _ node: Node, _ gradients: [Value?], _ b: inout GraphBuilder
  ) throws -> [Value?] {
    let from = b.dtype(of: node.operand)
    guard let g = gradients[0], from.isFloatingPoint, to.isFloatingPoint else { return [nil] }
    return [try b.add(one: Cast(to: from), g)]
  }

  public static let samples = [
    Sample(Cast(to: .f64), [.normal([3, 4])]),
    Sample(Cast(to: .f32), [.uniform([5], -300...300)], differentiable: false),
    Sample(Cast(to: .bf16), [.normal([7])], differentiable: false, onnx: false),
    Sample(Cast(to: .i32), [.uniform([4, 4], -5...5)], differentiable: false),
    Sample(Cast(to: .u8), [.uniform([9], 0...255)], differentiable: false),
    Sample(Cast(to: .f32), [.integers([2, 3], -9...9, .i64)], differentiable: false),
    Sample(Cast(to: .bool), [.integers([6], 0...1, .i32)], differentiable: false),
    Sample(Cast(to: .f32), [.integers([], 0...1, .bool)], differentiable: false),
  ]

  public static let onnxReaders: [String: ONNXReader] = [
    "Cast": { node, context in
      let code = node.int("to", default: 0)
      guard let dtype = DType(onnxCode: code) else {
        throw node.error(
          "element type \(code) is not supported", fix: "export the model in float32")
      }
      let x = try node.input(0)
      if context.builder.dtype(of: x) == dtype { return [x] }
      return try context.builder.add(Cast(to: dtype), [x])
    },
    "CastLike": { node, context in
      let dtype = context.builder.dtype(of: try node.input(1))
      return try context.builder.add(Cast(to: dtype), [node.input(0)])
    },
  ]

  public func writeONNX(_ node: Node, _ writer: inout ONNXWriter) throws {
    writer.emit("Cast", for: node, ["to": .int(to.onnxCode)])
  }
}

extension DType {
  /// The number that ONNX gives the type (`TensorProto.DataType`).
  package var onnxCode: Int {
    switch self {
    case .f32: 1
    case .u8: 2
    case .i8: 3
    case .i32: 6
    case .i64: 7
    case .bool: 9
    case .f64: 11
    case .bf16: 16
    }
  }

  package init?(onnxCode: Int) {
    guard let type = DType.allCases.first(where: { $0.onnxCode == onnxCode }) else { return nil }
    self = type
  }
}
