import LeptonValues

/// What became of each candidate, and why.
public struct Selection: Sendable, Hashable {
  public struct Verdict: Sendable, Hashable {
    public var name: String
    /// Whether it meets the requirement.
    public var isAccepted: Bool
    /// One sentence.
    public var reason: String
  }

  /// In the order of the candidates.
  public let verdicts: [Verdict]
  /// The place of the chosen candidate; nil where none meets the requirement.
  public let chosen: Int?

  /// Gains below this fraction of the baseline may be noise, and are no reason to leave it.
  public static let leastGain = 0.03

  /// Judges candidates, of which the first is the baseline.
  public init(
    _ candidates: [CandidateFigures], requirement: Requirement, policy: Policy
  ) {
    let breaches = candidates.map { requirement.breaches($0, baseline: candidates[0]) }
    let accepted = candidates.indices.filter { breaches[$0].isEmpty }
    let scores = candidates.map { policy.score($0, baseline: candidates[0]) }
    var best = accepted.min { scores[$0] < scores[$1] }
    if let found = best, found != 0, accepted.contains(0), scores[found] > 1 - Self.leastGain {
      best = 0
    }
    chosen = best
    verdicts = candidates.indices.map { index in
      let reason =
        breaches[index].isEmpty
        ? Self.reason(
          index, chosen: best, candidates, scores, policy: policy, accepted: accepted.count)
        : breaches[index].joined(separator: "; ")
      return Verdict(
        name: candidates[index].name, isAccepted: breaches[index].isEmpty, reason: reason)
    }
  }

  private static func reason(
    _ index: Int, chosen: Int?, _ candidates: [CandidateFigures], _ scores: [Double],
    policy: Policy, accepted: Int
  ) -> String {
    guard let chosen else { return "it meets the requirement" }
    if index == chosen {
      let how = index == 0 ? "the baseline" : policy.comparison(scores[index])
      return accepted == 1
        ? "the only one that meets the requirement (\(how))"
        : "best by \(policy.rawValue) of \(accepted) that meet the requirement: \(how)"
    }
    if chosen == 0, scores[index] < 1 {
      return "no measured win: \(policy.comparison(scores[index])), within the noise of "
        + "\(percent(leastGain))"
    }
    let gap = scores[index] / scores[chosen]
    return "it meets the requirement, but \(candidates[chosen].name) is "
      + "\(factor(gap)) times better by \(policy.rawValue)"
  }
}

extension Requirement {
  /// A sentence for each bound that a candidate breaks.
  func breaches(_ candidate: CandidateFigures, baseline: CandidateFigures) -> [String] {
    var breaches: [String] = []
    for (part, accuracy, base) in [
      ("validation", candidate.validationAccuracy, baseline.validationAccuracy),
      ("test", candidate.test.accuracy, baseline.test.accuracy),
    ] {
      if let most = maxAccuracyDrop, base - accuracy > most {
        breaches.append(
          "\(part) accuracy drops by \(percent(base - accuracy)), at most \(percent(most)) may be lost"
        )
      }
      if let least = minAccuracy, accuracy < least {
        breaches.append("\(part) accuracy is \(percent(accuracy)), below \(percent(least))")
      }
    }
    func check(_ value: Double, _ limit: Double?, _ what: String, _ unit: String) {
      guard let limit, value > limit else { return }
      breaches.append("\(what) is \(figure(value))\(unit), above \(figure(limit))\(unit)")
    }
    check(candidate.costs.speed.latency.p95, latencyP95, "latency p95", " ms")
    check(Double(candidate.costs.memory.bytes) / 1e6, peakMemory, "peak memory", " MB")
    check(Double(candidate.costs.bytes), maxBytes.map(Double.init), "the artifact", " bytes")
    check(candidate.costs.costPerMillion, costPerMillion, "a million predictions", " $")
    return breaches
  }
}

extension Policy {
  /// Relative to the baseline, which has 1; less is better.
  func score(_ candidate: CandidateFigures, baseline: CandidateFigures) -> Double {
    let time = candidate.costs.speed.latency.p50 / baseline.costs.speed.latency.p50
    let money = candidate.costs.costPerMillion / baseline.costs.costPerMillion
    let bytes = Double(candidate.costs.bytes) / Double(max(1, baseline.costs.bytes))
    switch self {
    case .speed: return time
    case .cost: return money
    case .balanced: return cubeRoot(time * money * bytes)
    }
  }

  /// A score in words.
  func comparison(_ score: Double) -> String {
    let what =
      switch self {
      case .speed: "the time for one example"
      case .cost: "the money for a million predictions"
      case .balanced: "the mean of time, money and bytes"
      }
    return "\(percent(score)) of the baseline in \(what)"
  }
}
