/// The candidates that no other beats in everything: accuracy on the validation part, latency, cost, bytes.
public enum ParetoFront {
  /// Their places, in order.
  public static func indices(of candidates: [CandidateFigures]) -> [Int] {
    indices(
      ofPoints: candidates.map { figures in
        [
          -figures.validationAccuracy, figures.costs.speed.latency.p50,
          figures.costs.costPerMillion,
          Double(figures.costs.bytes),
        ]
      })
  }

  /// The places of points that no other beats; less is better.
  static func indices(ofPoints points: [[Double]]) -> [Int] {
    points.indices.filter { index in
      !points.contains { other in
        zip(other, points[index]).allSatisfy { $0 <= $1 } && other != points[index]
      }
    }
  }
}
