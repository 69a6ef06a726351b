public import LeptonGraph
public import LeptonValues

/// The bits that a whole number has not.
public struct BitwiseNot: StepOp {
  public static let name = "bitwiseNot"
  public static let scalar = ScalarOp.bitNot
  public static let onnxName: String? = "BitwiseNot"
  public static func onnxSince(of dtype: DType) -> Int { 18 }
  public static let accepts = ElementKind.integer

  public init() {}

  public static let samples = [
    Sample(BitwiseNot(), [.integers([3, 4], -99...99, .i32)], differentiable: false),
    Sample(BitwiseNot(), [.integers([5], 0...255, .u8)], differentiable: false),
    Sample(BitwiseNot(), [.integers([], 0...99, .u16)], differentiable: false),
  ]
}
