public import LeptonTraining

/// What a run reports while it goes on.
public enum RunEvent: Sendable {
  /// A stage begins; one line says which.
  case stage(String)
  /// The data are read and divided.
  case data(DataParts)
  /// The network is built, and will be trained.
  case model(ModelSummary)
  /// A training step or epoch is done.
  case training(TrainingProgress)
  /// A candidate has been measured and judged.
  case candidate(CandidateReport)
}
