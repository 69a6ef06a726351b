import LeptonGraph
import LeptonOps
import LeptonValues

/// How gradients become new weights; defined as in PyTorch.
public enum Optimizer: Sendable, Hashable, Codable {
  /// Gradient descent with momentum. Weight decay is part of the gradient.
  case sgd(momentum: Double = 0, nesterov: Bool = false, weightDecay: Double = 0)
  /// Source: Kingma and Ba, 2015. Weight decay is part of the gradient.
  case adam(
    beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8, weightDecay: Double = 0)
  /// Adam with decoupled weight decay. Source: Loshchilov and Hutter, 2019.
  case adamW(
    beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
    weightDecay: Double = 0.01)
}

extension Optimizer {
  /// `sgd`, `adam`, `adamw`.
  public var name: String {
    switch self {
    case .sgd: "sgd"
    case .adam: "adam"
    case .adamW: "adamw"
    }
  }

  /// The optimizer of that name with its defaults (momentum 0.9 for `sgd`).
  ///
  /// - Throws: `LeptonError` of kind `usage` with the nearest right spelling.
  public static func named(_ name: String) throws -> Optimizer {
    let all: [Optimizer] = [.sgd(momentum: 0.9), .adam(), .adamW()]
    if let found = all.first(where: { $0.name == name.lowercased() }) { return found }
    let near = nearestSpelling(of: name, in: all.map(\.name))
    throw LeptonError(
      .usage, "unknown optimizer '\(name)'",
      fix: near.map { "did you mean '\($0)'?" } ?? "choose of sgd, adam, adamw")
  }

  /// What it carries along for each parameter.
  var moments: [String] {
    switch self {
    case .sgd: ["velocity"]
    case .adam, .adamW: ["m", "v"]
    }
  }

  /// The betas of the running means, whose start at zero is corrected; nil where there are none.
  var betas: (Double, Double)? {
    switch self {
    case .sgd: nil
    case .adam(let beta1, let beta2, _, _), .adamW(let beta1, let beta2, _, _): (beta1, beta2)
    }
  }

  /// The operation that updates one parameter: operands (parameter, gradient, moments, learning
  /// rate, gradient scale, corrections) to (parameter, moments).
  var update: any Op {
    switch self {
    case .sgd(let momentum, let nesterov, let weightDecay):
      SGDUpdate(momentum: momentum, weightDecay: weightDecay, nesterov: nesterov)
    case .adam(let beta1, let beta2, let epsilon, let weightDecay):
      AdamUpdate(
        beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: weightDecay, decoupled: false)
    case .adamW(let beta1, let beta2, let epsilon, let weightDecay):
      AdamUpdate(
        beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: weightDecay, decoupled: true)
    }
  }
}
