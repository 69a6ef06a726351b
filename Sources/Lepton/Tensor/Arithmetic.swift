import LeptonOps
import LeptonValues

// Operands broadcast as in NumPy; numbers take the element type of the tensor beside them.

extension Tensor {
  public static func + (a: Tensor, b: Tensor) -> Tensor { apply(Add(), [a, b], nil) }
  public static func - (a: Tensor, b: Tensor) -> Tensor { apply(Subtract(), [a, b], nil) }
  public static func * (a: Tensor, b: Tensor) -> Tensor { apply(Multiply(), [a, b], nil) }
  public static func / (a: Tensor, b: Tensor) -> Tensor { apply(Divide(), [a, b], nil) }
  public static prefix func - (a: Tensor) -> Tensor { apply(Neg(), [a], nil) }

  public static func + (a: Tensor, b: Double) -> Tensor { a + a.number(b) }
  public static func - (a: Tensor, b: Double) -> Tensor { a - a.number(b) }
  public static func * (a: Tensor, b: Double) -> Tensor { a * a.number(b) }
  public static func / (a: Tensor, b: Double) -> Tensor { a / a.number(b) }
  public static func + (a: Double, b: Tensor) -> Tensor { b.number(a) + b }
  public static func - (a: Double, b: Tensor) -> Tensor { b.number(a) - b }
  public static func * (a: Double, b: Tensor) -> Tensor { b.number(a) * b }
  public static func / (a: Double, b: Tensor) -> Tensor { b.number(a) / b }

  public static func += (a: inout Tensor, b: Tensor) { a = a + b }
  public static func -= (a: inout Tensor, b: Tensor) { a = a - b }
  public static func *= (a: inout Tensor, b: Tensor) { a = a * b }
  public static func /= (a: inout Tensor, b: Tensor) { a = a / b }
  public static func += (a: inout Tensor, b: Double) { a = a + b }
  public static func -= (a: inout Tensor, b: Double) { a = a - b }
  public static func *= (a: inout Tensor, b: Double) { a = a * b }
  public static func /= (a: inout Tensor, b: Double) { a = a / b }

  /// Comparisons answer a tensor of `bool`, element by element.
  public static func .== (a: Tensor, b: Tensor) -> Tensor { apply(Equal(), [a, b], nil) }
  public static func .!= (a: Tensor, b: Tensor) -> Tensor { apply(NotEqual(), [a, b], nil) }
  public static func .< (a: Tensor, b: Tensor) -> Tensor { apply(Less(), [a, b], nil) }
  public static func .<= (a: Tensor, b: Tensor) -> Tensor { apply(LessOrEqual(), [a, b], nil) }
  public static func .> (a: Tensor, b: Tensor) -> Tensor { apply(Greater(), [a, b], nil) }
  public static func .>= (a: Tensor, b: Tensor) -> Tensor { apply(GreaterOrEqual(), [a, b], nil) }
  public static func .== (a: Tensor, b: Double) -> Tensor { a .== a.number(b) }
  public static func .!= (a: Tensor, b: Double) -> Tensor { a .!= a.number(b) }
  public static func .< (a: Tensor, b: Double) -> Tensor { a .< a.number(b) }
  public static func .<= (a: Tensor, b: Double) -> Tensor { a .<= a.number(b) }
  public static func .> (a: Tensor, b: Double) -> Tensor { a .> a.number(b) }
  public static func .>= (a: Tensor, b: Double) -> Tensor { a .>= a.number(b) }

  /// A number of this tensor's element type.
  private func number(_ value: Double) -> Tensor { Tensor(value, dtype: dtype) }
}

extension Tensor {
  /// The matrix product over the last two axes; axes before them broadcast.
  public func matmul(
    _ other: Tensor, file: StaticString = #fileID, line: UInt = #line
  ) -> Tensor {
    Tensor.apply(MatMul(), [self, other], SourcePlace(file, line))
  }

  /// `self` to the power of each element of `exponent`.
  public func raised(
    to exponent: Tensor, file: StaticString = #fileID, line: UInt = #line
  ) -> Tensor {
    Tensor.apply(Power(), [self, exponent], SourcePlace(file, line))
  }

  public func raised(to exponent: Double) -> Tensor { raised(to: number(exponent)) }

  /// The larger of each two elements.
  public static func maximum(
    _ a: Tensor, _ b: Tensor, file: StaticString = #fileID, line: UInt = #line
  ) -> Tensor {
    apply(Maximum(), [a, b], SourcePlace(file, line))
  }

  /// The smaller of each two elements.
  public static func minimum(
    _ a: Tensor, _ b: Tensor, file: StaticString = #fileID, line: UInt = #line
  ) -> Tensor {
    apply(Minimum(), [a, b], SourcePlace(file, line))
  }

  /// Where this tensor of `bool` holds the element of `a`, elsewhere that of `b`.
  public func select(
    _ a: Tensor, _ b: Tensor, file: StaticString = #fileID, line: UInt = #line
  ) -> Tensor {
    Tensor.apply(Select(), [self, a, b], SourcePlace(file, line))
  }

  /// The elements converted: integers truncate, `bool` is whether they are not zero.
  public func cast(
    to dtype: DType, file: StaticString = #fileID, line: UInt = #line
  ) -> Tensor {
    dtype == self.dtype ? self : Tensor.apply(Cast(to: dtype), [self], SourcePlace(file, line))
  }
}
