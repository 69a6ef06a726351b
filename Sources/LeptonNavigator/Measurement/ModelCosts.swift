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

  package init(
    speed: SpeedFigures, bytes: Int, parameters: Int, flops: Int, memory: MemoryFigure,
    costPerMillion: Double, energy: EnergyFigure
  ) {
    self.speed = speed
    self.bytes = bytes
    self.parameters = parameters
    self.flops = flops
    self.memory = memory
    self.costPerMillion = costPerMillion
    self.energy = energy
  }
}
