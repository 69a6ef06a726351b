public import LeptonGraph
public import LeptonValues

/// The elements in another type. Floating-point numbers round to the nearest, ties to even; to whole numbers they truncate
/// toward zero and saturate. Whole numbers lose the upper bits that a narrower type has not; bool is whether the number
/// differs from 0.
public struct Cast: ElementwiseOp {
  public static let name = "cast"
  public static let operandCount = 1
  public static let accepts = ElementKind.any

  public var to: DType
  /// Whether numbers beyond the largest one of an eight-bit floating-point type become that one, else infinity or NaN.
  /// nil: yes.
  public var saturates: Bool?
  /// To a power of two (f8e8m0): which one. nil: the next larger.
  public var rounding: Float8E8M0.Rounding?

  public init(to: DType, saturates: Bool? = nil, rounding: Float8E8M0.Rounding? = nil) {
    self.to = to
    self.saturates = saturates
    self.rounding = rounding
  }

  public func resultDType(_ operands: [DType]) throws -> DType { to }

  public func emit(
    _ x: [ScalarProgram.Register], _ p: inout ScalarProgram
  ) -> ScalarProgram.Register {
    switch to {
    case .bf16: p.step(.roundBF16, x[0])
    case .bool: p.step(.notEqual, x[0], p.constant(0))
    default: to.isInteger ? p.step(.truncate, x[0]) : x[0]
    }
  }

  public func reference(
    _ operands: [TensorData], _ results: [TensorType]
  ) throws -> [TensorData] {
    let x = operands[0]
    if to == .f8e8m0 {
      let powers = x.doubles.map {
        Float8E8M0($0, rounding: rounding ?? .up, saturates: saturates ?? true)
      }
      return [TensorData(powers, shape: x.shape)]
    }
    if saturates == false, let patterns = x.unsaturated(to) { return [patterns] }
    // Fewer bits than a byte hold what is left of the next integer type.
    if to.isInteger, to.isStorageOnly, !x.dtype.isInteger {
      return [x.converted(to: .i64).converted(to: to)]
    }
    return [x.converted(to: to)]
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
    Sample(Cast(to: .f16), [.normal([7])], differentiable: false),
    Sample(Cast(to: .i32), [.uniform([4, 4], -5...5)], differentiable: false),
    Sample(Cast(to: .u8), [.uniform([9], 0...255)], differentiable: false),
    Sample(Cast(to: .i8), [.integers([9], -300...300, .i16)], differentiable: false),
    Sample(Cast(to: .u64), [.integers([4], -9...9, .i32)], differentiable: false),
    Sample(Cast(to: .f8e4m3fn), [.uniform([9], -600...600)], differentiable: false),
    Sample(
      Cast(to: .f8e5m2, saturates: false), [.uniform([9], -9e4...9e4)], differentiable: false),
    Sample(Cast(to: .f8e8m0, rounding: .down), [.uniform([9], 0...9)], differentiable: false),
    Sample(Cast(to: .u4), [.uniform([4], 0...15)], differentiable: false),
    Sample(Cast(to: .f32), [.integers([2, 3], -2...1, .i2)], differentiable: false),
    Sample(Cast(to: .f32), [.integers([2, 3], -9...9, .i64)], differentiable: false),
    Sample(Cast(to: .bool), [.integers([6], 0...1, .i32)], differentiable: false),
    Sample(Cast(to: .f32), [.integers([], 0...1, .bool)], differentiable: false),
  ]
}

extension TensorData {
  /// The nearest patterns of an eight-bit floating-point type that does not saturate; nil for other types.
  fileprivate func unsaturated(_ dtype: DType) -> TensorData? {
    func patterns<S: EncodedFloat>(_: S.Type, _ format: FloatFormat) -> TensorData {
      TensorData(
        doubles.map { S(bits: S.Bits(format.encode($0, saturates: false))) }, shape: shape)
    }
    return switch dtype {
    case .f8e4m3fn: patterns(Float8E4M3FN.self, .e4m3fn)
    case .f8e4m3fnuz: patterns(Float8E4M3FNUZ.self, .e4m3fnuz)
    case .f8e5m2: patterns(Float8E5M2.self, .e5m2)
    case .f8e5m2fnuz: patterns(Float8E5M2FNUZ.self, .e5m2fnuz)
    default: nil
    }
  }
}
