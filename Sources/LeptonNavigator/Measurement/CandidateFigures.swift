/// Everything measured of one candidate.
public struct CandidateFigures: Sendable, Hashable {
  public var name: String
  /// On the validation part, by which candidates are ranked and judged.
  public var validationAccuracy: Double
  /// On the test part, which ranks nothing: it is the figure to publish, and may only refuse.
  public var test: ClassificationReport
  public var costs: ModelCosts

  package init(
    name: String, validationAccuracy: Double, test: ClassificationReport, costs: ModelCosts
  ) {
    self.name = name
    self.validationAccuracy = validationAccuracy
    self.test = test
    self.costs = costs
  }
}
