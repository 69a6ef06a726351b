public import LeptonTraining

/// What a run reports while it goes on.
public enum RunEvent: Sendable {
  /// A stage begins; one line says which.
  case stage(String)
  /// A training step or epoch is done.
  case training(TrainingProgress)
  /// A candidate has been measured and judged.
  case candidate(CandidateReport)
}
