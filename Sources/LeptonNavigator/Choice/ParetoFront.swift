/// The candidates that no other beats in everything: accuracy on the validation part, latency, cost, bytes.
public enum ParetoFront {
  /// Their places, in order.
  public static func indices(of candidates: [CandidateFigures]) -> [Int] {
    let points = candidates.map { figures in
      [
        -figures.validationAccuracy, figures.speed.latency.p50, figures.costPerMillion,
        Double(figures.bytes),
      ]
    }
    return points.indices.filter { index in
      !points.contains { other in
        zip(other, points[index]).allSatisfy { $0 <= $1 } && other != points[index]
      }
    }
  }
}
