public import LeptonCPU
public import LeptonData
public import LeptonGraph
public import LeptonRuntime
import LeptonValues

/// Fits models to data.
///
/// ```swift
/// let result = try Trainer.fit(model, train: data, validation: held) {
///   print(ProgressLine.text($0))
/// }
/// ```
///
/// The same seed, data and backend give the same weights, bit by bit.
public enum Trainer {
  /// - Parameters:
  ///   - validation: chooses the best epoch, and drives early stopping; the training loss does
  ///     where it is nil.
  ///   - resuming: where an earlier run with the same arguments stopped.
  ///   - cancellation: looked at after each step.
  ///   - onCheckpoint: called after each epoch, and as `configuration.checkpoints` says, to save it;
  ///     the result holds the last.
  /// - Throws: `LeptonError` of kind `badInput` where model and data, or the checkpoint and what it
  ///   was saved with, do not fit, or the loss or a weight is no number any more; what `onCheckpoint`
  ///   throws.
  public static func fit(
    _ model: Model, train: Dataset, validation: Dataset? = nil,
    configuration: TrainingConfiguration = TrainingConfiguration(),
    backend: any Backend = CPUBackend(), options: CompileOptions = CompileOptions(),
    resuming: TrainingCheckpoint? = nil,
    cancellation: Cancellation = Cancellation(),
    onProgress: (TrainingProgress) -> Void = { _ in },
    onCheckpoint: ((TrainingCheckpoint) throws -> Void)? = nil
  ) throws -> TrainingResult {
    try configuration.verify()
    try model.verify()
    var fit = try Fit(
      model, train, validation, configuration, backend, options, cancellation)
    if let resuming { try fit.resume(resuming) }
    let ending = try fit.run(onProgress, onCheckpoint)
    return try fit.result(ending)
  }
}
