/// Everything measured of one candidate.
public struct CandidateFigures: Sendable, Hashable, Codable {
  public var name: String
  /// On the validation part, by which candidates are ranked and judged.
  public var validationAccuracy: Double
  /// On the test part, which ranks nothing: it is the figure to publish, and may only refuse.
  public var test: ClassificationReport
  public var speed: SpeedFigures
  /// Of the artifact's file.
  public var bytes: Int
  public var parameters: Int
  /// Of one example; a multiply-add counts as two.
  public var flops: Int
  public var memory: MemoryFigure
  /// Dollars for a million predictions.
  public var costPerMillion: Double
  public var energy: EnergyFigure?

  public init(
    name: String, validationAccuracy: Double, test: ClassificationReport, speed: SpeedFigures,
    bytes: Int, parameters: Int, flops: Int, memory: MemoryFigure, costPerMillion: Double,
    energy: EnergyFigure? = nil
  ) {
    self.name = name
    self.validationAccuracy = validationAccuracy
    self.test = test
    self.speed = speed
    self.bytes = bytes
    self.parameters = parameters
    self.flops = flops
    self.memory = memory
    self.costPerMillion = costPerMillion
    self.energy = energy
  }
}
