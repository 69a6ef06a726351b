public import LeptonTraining

/// What a run reports while it goes on.
public enum RunEvent: Sendable {
  /// A stage begins; one line says which.
  case stage(String)
  /// The data are read and divided.
  case data(DataParts)
  /// The network is built, and will be trained.
  case model(ModelSummary)
  /// Something that the user should know, a sentence.
  case note(String)
  /// A checkpoint after so many steps is safe on the disk, in this folder.
  case checkpoint(step: Int, folder: String)
  /// A training step or epoch is done.
  case training(TrainingProgress)
  /// A candidate has been measured and judged.
  case candidate(CandidateReport)
}
