public import LeptonGraph
public import LeptonValues

/// A tensor that is computed when it is looked at.
///
/// Arithmetic on tensors writes down a graph; `data`, and printing, run it.
///
/// ```swift
/// let x: Tensor = [[1, 2], [3, 4]]
/// print((x * 2 + 1).sum(along: 0))  // [10. 14.]
/// ```
///
/// Shapes are checked at once: operands that do not fit are a programmer's mistake and stop the
/// program with the operation's own words and the line that wrote them. (While `Module.model`
/// traces, the same words are thrown.)
public struct Tensor: Sendable {
  let expression: Expression
  let index: Int

  init(_ expression: Expression, _ index: Int = 0) {
    self.expression = expression
    self.index = index
  }

  /// A tensor with these elements.
  public init(_ data: TensorData) {
    self.init(Expression(.constant([data]), [data.type]))
  }

  /// A tensor without axes.
  public init(_ value: Double, dtype: DType = .f32) {
    self.init(TensorData([value], as: TensorType(dtype, [])))
  }

  /// The elements of `array` in row-major order, one axis unless `shape` says otherwise.
  public init<S: Scalar>(_ array: [S], shape: Shape? = nil) {
    self.init(TensorData(array, shape: shape ?? [array.count]))
  }

  public var type: TensorType { expression.types[index] }
  public var dtype: DType { type.dtype }
  public var shape: Shape { type.shape }
  public var rank: Int { shape.rank }
}

extension Tensor {
  /// The first result of an operation on `operands`.
  public static func applying(
    _ op: any Op, to operands: Tensor..., file: StaticString = #fileID, line: UInt = #line
  ) -> Tensor {
    apply(op, operands, SourcePlace(file, line))
  }

  static func apply(_ op: any Op, _ operands: [Tensor], _ place: SourcePlace?) -> Tensor {
    applyAll(op, operands, count: 1, place)[0]
  }

  /// The first `count` results of an operation.
  static func applyAll(
    _ op: any Op, _ operands: [Tensor], count: Int, _ place: SourcePlace? = nil
  ) -> [Tensor] {
    let mistaken: LeptonError
    do {
      let types = try op.resultTypes(of: operands.map(\.type))
      let expression = Expression(.application(op, operands), types)
      return (0..<count).map { Tensor(expression, $0) }
    } catch let error as LeptonError {
      mistaken = error
    } catch {
      mistaken = LeptonError(.defect, "\(error)")
    }
    return Array(repeating: mistake(mistaken, operands, place), count: count)
  }

  /// Stops the program; while a module is traced, stands for the result until the trace throws.
  static func mistake(
    _ error: LeptonError, _ operands: [Tensor], _ place: SourcePlace?
  ) -> Tensor {
    guard Trace.isActive else { fatalError("\(error)", file: place.file, line: place.line) }
    let type = operands.first?.type ?? TensorType(.f32, [])
    return Tensor(Expression(.failure(error, operands), [type]))
  }
}

/// A line of the program that uses the package.
struct SourcePlace: Sendable {
  let file: StaticString
  let line: UInt

  init(_ file: StaticString, _ line: UInt) {
    self.file = file
    self.line = line
  }
}

extension SourcePlace? {
  /// Operators cannot know their line; the trap then names this one.
  fileprivate var file: StaticString { self?.file ?? #fileID }
  fileprivate var line: UInt { self?.line ?? #line }
}
