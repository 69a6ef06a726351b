/// When checkpoints are saved, besides after each epoch and on interruption, and how many are kept.
public struct CheckpointCadence: Sendable, Hashable, Codable {
  /// Whenever the steps since the start of the run are a multiple.
  public var everySteps: Int?
  /// After so many minutes without one.
  public var everyMinutes: Double?
  /// Of the newest; older ones are removed.
  public var kept: Int

  public init(everySteps: Int? = nil, everyMinutes: Double? = 10, kept: Int = 2) {
    self.everySteps = everySteps
    self.everyMinutes = everyMinutes
    self.kept = kept
  }

  /// Whether one is due after `step` steps, when the last is so many seconds ago.
  func isDue(step: Int, secondsSinceLast: Double) -> Bool {
    everySteps.map { step.isMultiple(of: max(1, $0)) } ?? false
      || everyMinutes.map { secondsSinceLast >= $0 * 60 } ?? false
  }
}
