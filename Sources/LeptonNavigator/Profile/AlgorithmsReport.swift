/// The algorithms of a run's model and of its training.
public struct AlgorithmsReport: Sendable, Codable {
  /// The candidate that was looked at: the chosen one, or the first where none was chosen.
  public var model: String
  /// Of one example.
  public var inference: AlgorithmReport
  /// Of a training step.
  public var training: AlgorithmReport
}
