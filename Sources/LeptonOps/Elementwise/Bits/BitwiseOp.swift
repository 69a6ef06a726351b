public import LeptonGraph
public import LeptonValues

/// An operation on the bits of two whole numbers of one type, broadcasting. No gradient flows.
public protocol BitwiseOp: BinaryOp {}

extension BitwiseOp {
  public static var accepts: ElementKind { .integer }
  public static func onnxSince(of dtype: DType) -> Int { 18 }

  public func derivatives(
    _ node: Node, _ g: Value, _ b: inout GraphBuilder
  ) throws -> (Value?, Value?) { (nil, nil) }

  public static var samples: [Sample] {
    [([3, 4], [3, 4]), ([2, 3, 4], [3, 1]), ([], [7])].flatMap {
      (first: Shape, second: Shape) in
      [
        Sample(
          Self(), [.integers(first, -99...99, .i32), .integers(second, -99...99, .i32)],
          differentiable: false),
        Sample(
          Self(), [.integers(first, 0...255, .u8), .integers(second, 0...255, .u8)],
          differentiable: false),
      ]
    }
  }
}

/// The bits that both have.
public struct BitwiseAnd: BitwiseOp {
  public static let name = "bitwiseAnd"
  public static let scalar = ScalarOp.bitAnd
  public static let onnxName: String? = "BitwiseAnd"

  public init() {}
}

/// The bits that one or both have.
public struct BitwiseOr: BitwiseOp {
  public static let name = "bitwiseOr"
  public static let scalar = ScalarOp.bitOr
  public static let onnxName: String? = "BitwiseOr"

  public init() {}
}

/// The bits that one of them has.
public struct BitwiseXor: BitwiseOp {
  public static let name = "bitwiseXor"
  public static let scalar = ScalarOp.bitXor
  public static let onnxName: String? = "BitwiseXor"

  public init() {}
}
