import LeptonValues

/// Nested array literals of numbers, as they stand for a tensor: `[[1, 2], [3, 4]]`.
public enum TensorLiteral: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByArrayLiteral, Sendable
{
  case number(Double)
  case list([TensorLiteral])

  public init(floatLiteral value: Double) { self = .number(value) }
  public init(integerLiteral value: Int) { self = .number(Double(value)) }
  public init(arrayLiteral elements: TensorLiteral...) { self = .list(elements) }

  fileprivate var shape: Shape {
    switch self {
    case .number: []
    case .list(let elements): Shape([elements.count] + (elements.first?.shape.extents ?? []))
    }
  }

  fileprivate var isRectangular: Bool {
    switch self {
    case .number: true
    case .list(let elements):
      elements.allSatisfy { $0.isRectangular && $0.shape == elements[0].shape }
    }
  }

  fileprivate var numbers: [Double] {
    switch self {
    case .number(let value): [value]
    case .list(let elements): elements.flatMap(\.numbers)
    }
  }
}

extension Tensor: ExpressibleByArrayLiteral {
  /// A tensor of `f32`. Rows of unequal length are a programmer's mistake.
  public init(arrayLiteral elements: TensorLiteral...) {
    let literal = TensorLiteral.list(elements)
    precondition(literal.isRectangular, "the rows of a tensor literal have unequal lengths")
    self.init(TensorData(literal.numbers, as: TensorType(.f32, literal.shape)))
  }
}
