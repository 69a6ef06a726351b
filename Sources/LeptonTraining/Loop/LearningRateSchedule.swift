import Foundation

/// How the learning rate changes while training.
public enum LearningRateSchedule: Sendable, Hashable, Codable {
  case constant
  /// Times `factor` after each `every` epochs.
  case step(every: Int, factor: Double = 0.1)
  /// A linear rise over `warmup` epochs, then half a cosine down to `floor` times the base rate.
  /// Source: Loshchilov and Hutter, 2017.
  case cosine(warmup: Double = 0, floor: Double = 0)
  /// Times `factor` whenever the monitored loss has not improved for `patience` epochs, never below
  /// `floor` times the base rate.
  case reduceOnPlateau(patience: Int = 3, factor: Double = 0.1, floor: Double = 0)
}

extension LearningRateSchedule {
  /// The rate of one step.
  ///
  /// - Parameters:
  ///   - base: the configured rate.
  ///   - epoch: epochs done so far, with the fraction of the present one.
  ///   - epochs: epochs in all.
  ///   - losses: the monitored loss of each epoch done.
  public func rate(base: Double, epoch: Double, of epochs: Int, losses: [Double]) -> Double {
    switch self {
    case .constant: return base
    case .step(let every, let factor):
      return base * pow(factor, (epoch / Double(max(1, every))).rounded(.down))
    case .cosine(let warmup, let floor):
      if epoch < warmup { return base * epoch / warmup }
      let rest = max(Double(epochs) - warmup, .leastNonzeroMagnitude)
      let progress = min(1, (epoch - warmup) / rest)
      return base * (floor + (1 - floor) * 0.5 * (1 + cos(.pi * progress)))
    case .reduceOnPlateau(let patience, let factor, let floor):
      return base * max(floor, pow(factor, Double(Self.plateaus(losses, patience: patience))))
    }
  }

  /// How often `losses` went more than `patience` epochs without a new minimum.
  private static func plateaus(_ losses: [Double], patience: Int) -> Int {
    var (best, waited, count) = (Double.infinity, 0, 0)
    for loss in losses {
      if loss < best {
        (best, waited) = (loss, 0)
      } else {
        waited += 1
        if waited > patience { (count, waited) = (count + 1, 0) }
      }
    }
    return count
  }
}
