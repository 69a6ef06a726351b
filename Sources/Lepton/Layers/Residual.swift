/// `body(x) + shortcut(x)`, where the shortcut is `x` itself unless one is given. Source: He et
/// al., 2016.
public struct Residual: Module {
  public var body: any Module
  public var shortcut: (any Module)?

  public init(_ body: any Module, shortcut: (any Module)? = nil) {
    self.body = body
    self.shortcut = shortcut
  }

  public init(@SequentialBuilder _ body: () -> [any Module]) {
    self.init(Sequential(body()))
  }

  public func callAsFunction(_ x: Tensor) -> Tensor { body(x) + (shortcut?(x) ?? x) }
}
