// Activations as layers, for `Sequential`; inside a module, `x.relu()` says the same.

public struct Relu: Module {
  public init() {}
  public func callAsFunction(_ x: Tensor) -> Tensor { x.relu() }
}

public struct Sigmoid: Module {
  public init() {}
  public func callAsFunction(_ x: Tensor) -> Tensor { x.sigmoid() }
}

public struct Tanh: Module {
  public init() {}
  public func callAsFunction(_ x: Tensor) -> Tensor { x.tanh() }
}

public struct Gelu: Module {
  let approximate: Bool
  public init(approximate: Bool = false) { self.approximate = approximate }
  public func callAsFunction(_ x: Tensor) -> Tensor { x.gelu(approximate: approximate) }
}

public struct Silu: Module {
  public init() {}
  public func callAsFunction(_ x: Tensor) -> Tensor { x.silu() }
}

public struct Softmax: Module {
  let axis: Int
  public init(along axis: Int = -1) { self.axis = axis }
  public func callAsFunction(_ x: Tensor) -> Tensor { x.softmax(along: axis) }
}

/// `[N, ...]` to `[N, product of the rest]`.
public struct Flatten: Module {
  public init() {}
  public func callAsFunction(_ x: Tensor) -> Tensor { x.flattened() }
}
