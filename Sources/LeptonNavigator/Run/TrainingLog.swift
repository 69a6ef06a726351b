import Foundation
import LeptonTraining
import LeptonValues

/// What a training leaves for people and programs to look at: a line of `metrics.jsonl` and points of TensorBoard's
/// curves for each epoch.
struct TrainingLog {
  private let metrics: MetricsLog
  private let events: EventFile

  /// Starts both anew with what is past.
  init(_ folder: RunFolder, history: [EpochRecord]) throws {
    metrics = try MetricsLog(folder.metrics, history: history)
    try folder.removeEventFiles()
    events = try EventFile(in: folder.url)
    for record in history { try events.append(record.scalars, step: record.epoch) }
  }

  func append(_ record: EpochRecord) throws {
    try metrics.append(record)
    try events.append(record.scalars, step: record.epoch)
  }
}

extension EpochRecord {
  /// By the names under which TensorBoard groups training beside validation.
  fileprivate var scalars: [(tag: String, value: Double)] {
    let all: [(String, Double?)] = [
      ("loss/train", trainLoss), ("loss/validation", validationLoss),
      ("accuracy/train", trainAccuracy), ("accuracy/validation", validationAccuracy),
      ("learning_rate", learningRate), ("samples_per_second", samplesPerSecond),
    ]
    return all.compactMap { tag, value in value.map { (tag, $0) } }
  }
}
