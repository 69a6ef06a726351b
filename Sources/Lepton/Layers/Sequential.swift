/// Modules called one after the other; their parameters are numbered: `0.weight`, `2.weight`.
///
/// ```swift
/// let network = Sequential {
///   Dense(784, 128)
///   Relu()
///   Dense(128, 10)
/// }
/// ```
public struct Sequential: Module, ModuleList {
  public var layers: [any Module]
  private let token = Scope.Token()

  public init(_ layers: [any Module]) { self.layers = layers }
  public init(_ layers: any Module...) { self.layers = layers }
  public init(@SequentialBuilder _ layers: () -> [any Module]) { self.layers = layers() }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    layers.enumerated().reduce(x) { x, layer in
      Scope.calling("\(layer.offset)", of: token) { layer.element(x) }
    }
  }
}

/// Lists modules line by line, with conditions and loops.
@resultBuilder
public enum SequentialBuilder {
  public static func buildExpression(_ module: any Module) -> [any Module] { [module] }
  public static func buildBlock(_ parts: [any Module]...) -> [any Module] { parts.flatMap(\.self) }
  public static func buildOptional(_ part: [any Module]?) -> [any Module] { part ?? [] }
  public static func buildEither(first part: [any Module]) -> [any Module] { part }
  public static func buildEither(second part: [any Module]) -> [any Module] { part }
  public static func buildArray(_ parts: [[any Module]]) -> [any Module] { parts.flatMap(\.self) }
}
