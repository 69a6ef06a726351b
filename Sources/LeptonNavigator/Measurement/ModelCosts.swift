/// What a saved model takes, whatever it is good for: time, memory, bytes, money, energy.
public struct ModelCosts: Sendable, Hashable {
  public var speed: SpeedFigures
  /// Of the artifact's file.
  public var bytes: Int
  public var parameters: Int
  /// Of one example; a multiply-add counts as two.
  public var flops: Int
  public var memory: MemoryFigure
  /// Dollars for a million predictions.
  public var costPerMillion: Double
  public var energy: EnergyFigure
}

extension ModelCosts {
  init(_ figures: CandidateFigures, _ price: Price) {
    self.init(
      speed: figures.speed, bytes: figures.bytes, parameters: figures.parameters,
      flops: figures.flops, memory: figures.memory, costPerMillion: figures.costPerMillion,
      energy: figures.energy ?? EnergyFigure(figures.speed, on: price))
  }
}
