public import LeptonGraph
import LeptonValues

/// The Gaussian error linear unit, `x Φ(x)` (Hendrycks and Gimpel, arXiv:1606.08415).
public struct Gelu: ElementwiseOp {
  public static let name = "gelu"
  public static let operandCount = 1

  /// Whether Φ is approximated by a hyperbolic tangent.
  public var approximate: Bool

  public init(approximate: Bool = false) { self.approximate = approximate }

  public var activation: Activation? { .gelu(tanh: approximate) }

  public func emit(
    _ x: [ScalarProgram.Register], _ p: inout ScalarProgram
  ) -> ScalarProgram.Register {
    p.step(.multiply, x[0], GaussianGate(approximate: approximate).value(x[0], &p))
  }

  public func pullback(
    _ node: Node, _ gradients: [Value?], _ b: inout GraphBuilder
  ) throws -> [Value?] {
    [
      try gradients[0].map {
        try b.add(one: GeluGradient(approximate: approximate), node.operand, $0)
      }
    ]
  }

  public static let samples = [
    Sample(Gelu(), [.uniform([3, 4], -4...4)]),
    Sample(Gelu(approximate: true), [.uniform([2, 37], -4...4)]),
    Sample(Gelu(), [.normal([])]),
  ]

  public static let onnxReaders: [String: ONNXReader] = [
    "Gelu": { node, context in
      let approximate = node.string("approximate", default: "none") == "tanh"
      return try context.builder.add(Gelu(approximate: approximate), [node.input(0)])
    }
  ]

  public func writeONNX(_ node: Node, _ writer: inout ONNXWriter) throws {
    guard writer.opset >= 20 else { return try writer.write(program, for: node) }
    writer.emit("Gelu", for: node, ["approximate": .string(approximate ? "tanh" : "none")])
  }
}

/// The gradient of `Gelu`: operands x and the gradient of the result.
public struct GeluGradient: ElementwiseOp {
  public static let name = "geluGradient"
  public static let operandCount = 2

  public var approximate: Bool

  public init(approximate: Bool = false) { self.approximate = approximate }

  public func emit(
    _ x: [ScalarProgram.Register], _ p: inout ScalarProgram
  ) -> ScalarProgram.Register {
    let gate = GaussianGate(approximate: approximate)
    let value = gate.value(x[0], &p)
    let slope = gate.slope(x[0], value, &p)
    return p.step(.multiply, x[1], p.step(.add, value, p.step(.multiply, x[0], slope)))
  }

  public static let samples = [
    Sample(GeluGradient(), [.uniform([3, 4], -4...4), .normal([3, 4])], onnx: false),
    Sample(
      GeluGradient(approximate: true), [.uniform([37], -4...4), .normal([37])], onnx: false),
    Sample(GeluGradient(), [.normal([]), .normal([])], onnx: false),
  ]
}

/// Φ, the distribution function of the normal distribution, and its slope.
private struct GaussianGate {
  var approximate: Bool

  /// 1/2 (1 + erf(x / √2)), or 1/2 (1 + tanh(√(2/π) (x + 0.044715 x³))).
  func value(_ x: ScalarProgram.Register, _ p: inout ScalarProgram) -> ScalarProgram.Register {
    let inner =
      if approximate {
        p.step(.tangentH, p.step(.multiply, x, scale(x, cubic: 0.044715, &p)))
      } else {
        p.step(.errorFunction, p.step(.multiply, x, p.constant(0.5.squareRoot())))
      }
    let half = p.constant(0.5)
    return p.step(.add, half, p.step(.multiply, half, inner))
  }

  /// The derivative of Φ at `x`, where its value is `value`.
  func slope(
    _ x: ScalarProgram.Register, _ value: ScalarProgram.Register, _ p: inout ScalarProgram
  ) -> ScalarProgram.Register {
    if approximate {
      // With Φ = (1 + t)/2: Φ' = (1 - t²)/2 u' = 2 Φ (1 - Φ) u'.
      let rest = p.step(.subtract, p.constant(1), value)
      let bell = p.step(.multiply, p.step(.multiply, p.constant(2), value), rest)
      return p.step(.multiply, bell, scale(x, cubic: 3 * 0.044715, &p))
    }
    let square = p.step(.multiply, x, x)
    let bell = p.step(.exponential, p.step(.multiply, square, p.constant(-0.5)))
    return p.step(.multiply, bell, p.constant((0.5 / Double.pi).squareRoot()))
  }

  /// √(2/π) (1 + c x²)
  private func scale(
    _ x: ScalarProgram.Register, cubic c: Double, _ p: inout ScalarProgram
  ) -> ScalarProgram.Register {
    let square = p.step(.multiply, x, x)
    let sum = p.step(.add, p.constant(1), p.step(.multiply, p.constant(c), square))
    return p.step(.multiply, p.constant((2 / Double.pi).squareRoot()), sum)
  }
}
