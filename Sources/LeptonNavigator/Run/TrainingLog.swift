import Foundation
import LeptonTraining
import LeptonValues

/// What a training leaves for people and programs to look at: a line of `metrics.jsonl` and points of TensorBoard's
/// curves for each epoch. Checkpoints hold the epochs too, so logs that cannot be written any more, because the disk is
/// full, are no reason to stop.
struct TrainingLog {
  private let metrics: MetricsLog
  private let events: EventFile
  private var count = 0
  private var isBroken = false

  /// Starts both anew with what is past.
  init(_ folder: RunFolder, history: [EpochRecord]) throws {
    metrics = try MetricsLog(folder.metrics)
    try folder.removeEventFiles()
    events = try EventFile(in: folder.url)
    try append(history[...])
  }

  /// Adds what is new in `history`. Answers, once, why that cannot be done any more.
  mutating func update(_ history: [EpochRecord]) -> String? {
    guard !isBroken, history.count > count else { return nil }
    do {
      try append(history[count...])
      return nil
    } catch {
      isBroken = true
      return "training goes on without its logs: \(error)"
    }
  }

  private mutating func append(_ records: ArraySlice<EpochRecord>) throws {
    for record in records {
      try metrics.append(record)
      try events.append(record.scalars, step: record.epoch)
      count += 1
    }
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
