import Foundation
import LeptonValues

/// The arithmetic that scalar programs are made of. Comparisons and logic answer 1 or 0.
public enum ScalarOp: String, Sendable, Hashable, Codable, CaseIterable {
  case add, subtract, multiply, divide, maximum, minimum, power, remainder
  case negate, absolute, sign, reciprocal, squareRoot, reciprocalSquareRoot
  case exponential, logarithm, logarithm1p, errorFunction, sigmoid
  case sine, cosine, tangent, arcSine, arcCosine, arcTangent
  case sineH, cosineH, tangentH, arcSineH, arcCosineH, arcTangentH
  case floor, ceiling, roundToEven, truncate
  case relu
  /// Of whole numbers only. Shifts by the width or more leave nothing but the sign.
  case bitAnd, bitOr, bitXor, bitNot, shiftLeft, shiftRight
  case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual, and, or, not
  /// first != 0 ? second : third
  case select
  case constant
  /// The nearest bf16.
  case roundBF16
}

extension ScalarOp {
  /// The value in double precision. Maximum and minimum propagate NaN.
  public func evaluate(_ x: [Double]) -> Double {
    switch self {
    case .add: x[0] + x[1]
    case .subtract: x[0] - x[1]
    case .multiply: x[0] * x[1]
    case .divide: x[0] / x[1]
    case .maximum: x[0].isNaN || x[1].isNaN ? .nan : Swift.max(x[0], x[1])
    case .minimum: x[0].isNaN || x[1].isNaN ? .nan : Swift.min(x[0], x[1])
    case .power: pow(x[0], x[1])
    case .remainder: fmod(x[0], x[1])
    case .negate: -x[0]
    case .absolute: Swift.abs(x[0])
    case .sign: x[0] > 0 ? 1 : x[0] < 0 ? -1 : x[0]
    case .reciprocal: 1 / x[0]
    case .squareRoot: x[0].squareRoot()
    case .reciprocalSquareRoot: 1 / x[0].squareRoot()
    case .exponential: exp(x[0])
    case .logarithm: log(x[0])
    case .logarithm1p: log1p(x[0])
    case .errorFunction: erf(x[0])
    case .sine: sin(x[0])
    case .cosine: cos(x[0])
    case .tangent: tan(x[0])
    case .arcSine: asin(x[0])
    case .arcCosine: acos(x[0])
    case .arcTangent: atan(x[0])
    case .sineH: sinh(x[0])
    case .cosineH: cosh(x[0])
    case .tangentH: tanh(x[0])
    case .arcSineH: asinh(x[0])
    case .arcCosineH: acosh(x[0])
    case .arcTangentH: atanh(x[0])
    case .bitAnd, .bitOr, .bitXor, .bitNot, .shiftLeft, .shiftRight:
      Double(evaluate(x.map { Int64(nearest: $0) }))
    case .sigmoid: 1 / (1 + exp(-x[0]))
    case .floor: x[0].rounded(.down)
    case .ceiling: x[0].rounded(.up)
    case .roundToEven: x[0].rounded(.toNearestOrEven)
    case .truncate: x[0].rounded(.towardZero)
    case .relu: x[0] > 0 || x[0].isNaN ? x[0] : 0
    case .equal: x[0] == x[1] ? 1 : 0
    case .notEqual: x[0] != x[1] ? 1 : 0
    case .less: x[0] < x[1] ? 1 : 0
    case .lessOrEqual: x[0] <= x[1] ? 1 : 0
    case .greater: x[0] > x[1] ? 1 : 0
    case .greaterOrEqual: x[0] >= x[1] ? 1 : 0
    case .and: x[0] != 0 && x[1] != 0 ? 1 : 0
    case .or: x[0] != 0 || x[1] != 0 ? 1 : 0
    case .not: x[0] == 0 ? 1 : 0
    case .select: x[0] != 0 ? x[1] : x[2]
    case .constant: 0
    case .roundBF16: BFloat16(Float(x[0])).asDouble
    }
  }
}
