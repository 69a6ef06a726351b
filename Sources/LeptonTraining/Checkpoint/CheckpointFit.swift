import LeptonGraph
import LeptonValues

extension TrainingCheckpoint {
  /// Whether a run with these examples can go on from here. Throws what does not fit.
  func checkFits(_ now: Origin, _ model: Model) throws {
    if let then = origin {
      try check("training data with the digest", then.data, now.data)
      try check("seed", then.seed, now.seed)
      if step > 0 {
        try check("batch", then.batchSize, now.batchSize)
        try check("steps in an epoch", then.stepsPerEpoch, now.stepsPerEpoch)
      }
    }
    for (name, data) in bestWeights.sorted(by: { $0.key < $1.key }) {
      guard let own = model.weights[name] else {
        throw refusal("the checkpoint has a weight '\(name)', the model has none")
      }
      guard own.type == data.type else {
        throw refusal("'\(name)' is \(data.type) in the checkpoint, \(own.type) in the model")
      }
    }
  }

  private func check<Value: Equatable>(_ what: String, _ then: Value?, _ now: Value?) throws {
    guard let then, let now, then != now else { return }
    throw refusal("the checkpoint was saved with \(what) \(then), this run has \(now)")
  }

  private func refusal(_ what: String) -> LeptonError {
    LeptonError(
      .badInput, what, at: "checkpoint of step \(state.stepCount)",
      fix: "resume with the recipe and data that it was saved with, or start anew in another folder"
    )
  }
}
