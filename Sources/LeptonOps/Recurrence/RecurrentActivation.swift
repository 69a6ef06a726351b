import LeptonGraph
import LeptonValues

/// An activation of an ONNX recurrence, by its name and, where it has them, two numbers.
struct RecurrentActivation: Sendable, Hashable {
  enum Kind: String, CaseIterable, Sendable {
    case relu, tanh, sigmoid, affine, leakyrelu, thresholdedrelu, scaledtanh, hardsigmoid, elu
    case softsign, softplus
  }

  var kind: Kind
  var alpha = 0.0
  var beta = 0.0

  /// The activations of all directions. Numbers are consumed in order by those that take them.
  static func all(of node: ONNXNode, default usual: [Kind], directions: Int) throws -> [Self] {
    let text = node.string("activations", default: "")
    let names = text.isEmpty ? [] : text.split(separator: ",").map { $0.lowercased() }
    let expected = usual.count * directions
    guard names.isEmpty || names.count == expected else {
      throw node.error("\(names.count) activations", fix: "give \(expected)")
    }
    var (alphas, betas) = (
      node.floats("activation_alpha") ?? [], node.floats("activation_beta") ?? []
    )
    let result = try (0..<expected).map { index -> Self in
      let name = names.isEmpty ? usual[index % usual.count].rawValue : names[index]
      guard let kind = Kind(rawValue: name) else {
        let known = Kind.allCases.map(\.rawValue).joined(separator: ", ")
        throw node.error("activation '\(name)' is not supported", fix: "these are: \(known)")
      }
      var activation = Self(kind: kind)
      guard kind.numbers > 0 else { return activation }
      // ONNX does not say what these are where the file gives no numbers.
      guard ![.affine, .scaledtanh].contains(kind) || !alphas.isEmpty && !betas.isEmpty else {
        throw node.error(
          "activation '\(name)' has no numbers", fix: "give activation_alpha and activation_beta")
      }
      (activation.alpha, activation.beta) = kind.usual
      if !alphas.isEmpty { activation.alpha = alphas.removeFirst() }
      if kind.numbers > 1, !betas.isEmpty { activation.beta = betas.removeFirst() }
      return activation
    }
    guard alphas.isEmpty, betas.isEmpty else {
      throw node.error("its activations do not take so many numbers")
    }
    return result
  }

  func apply(to x: Value, _ context: inout ONNXReadContext) throws -> Value {
    switch kind {
    case .relu: return try context.add(Relu(), x)
    case .tanh: return try context.add(Tanh(), x)
    case .sigmoid: return try context.add(Sigmoid(), x)
    case .affine: return try context.plus(context.times(x, alpha), beta)
    case .leakyrelu: return try context.add(LeakyRelu(alpha: alpha), x)
    case .thresholdedrelu:
      let isAbove = try context.add(GreaterOrEqual(), x, context.number(alpha, like: x))
      return try context.select(isAbove, x, else: 0)
    case .scaledtanh:
      return try context.times(context.add(Tanh(), context.times(x, beta)), alpha)
    case .hardsigmoid:
      return try context.add(
        Clip(low: 0, high: 1), context.plus(context.times(x, alpha), beta))
    case .elu: return try context.add(Elu(alpha: alpha), x)
    case .softsign:
      return try context.over(x, context.plus(context.add(Abs(), x), 1))
    case .softplus: return try context.add(Softplus(), x)
    }
  }
}

extension RecurrentActivation.Kind {
  /// How many of alpha and beta it takes.
  fileprivate var numbers: Int {
    switch self {
    case .relu, .tanh, .sigmoid, .softsign, .softplus: 0
    case .leakyrelu, .thresholdedrelu, .elu: 1
    case .affine, .scaledtanh, .hardsigmoid: 2
    }
  }

  /// The numbers of the operator of that name, for a file that gives none.
  fileprivate var usual: (alpha: Double, beta: Double) {
    switch self {
    case .leakyrelu: (0.01, 0)
    case .hardsigmoid: (0.2, 0.5)
    default: (1, 0)
    }
  }
}
