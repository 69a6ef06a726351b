import LeptonCPU
import LeptonCompiler
import LeptonData
import LeptonGraph
import LeptonONNX
import LeptonRuntime
import LeptonTraining
import LeptonValues

/// Where the time goes of a run's model and of its training, measured afterwards with the clock read after every step.
struct RunProfiles {
  let inference: RunProfile
  let training: RunProfile
  let report: AlgorithmsReport

  /// - Parameter entry: the candidate to look at.
  init(
    _ recipe: Recipe, _ trained: Model, _ parts: DataParts, _ entry: CandidateBench.Entry,
    seconds: Double, backend: any Backend
  ) throws {
    var options = recipe.compileOptions
    options.profiles = true
    func threads(_ session: Session) -> Int {
      Int(CPUBackend.threads(for: session.graph, options))
    }

    let session = try Session(
      Model(onnx: entry.file).withBatch(1), precision: entry.precision, backend: backend,
      options: options)
    let example = [parts.test.subset([0]).features]
    inference = try RunProfile(of: session, threads: threads(session), seconds: seconds) {
      _ = try $0.run(example)
    }

    let configuration = recipe.training
    let batch = min(configuration.batchSize, parts.train.count)
    let step = try TrainingRun(
      trained, loss: configuration.loss ?? Loss.fitting(trained),
      optimizer: configuration.optimizer, batch: batch, clipNorm: configuration.clipNorm,
      seed: configuration.seed, precision: configuration.precision, backend: backend,
      options: options)
    let examples = BatchLoader(
      parts.train, batchSize: batch, shuffleSeed: configuration.seed, dropLast: true)
    guard let first = examples.epoch(0).prefix(1).first(where: { _ in true }) else {
      throw LeptonError(.badInput, "there is no example to train on", at: parts.train.origin)
    }
    training = try RunProfile(
      of: step.session, threads: threads(step.session), seconds: seconds
    ) { _ in
      _ = try step.step(
        [first.features], labels: first.labels, learningRate: configuration.learningRate)
    }
    report = AlgorithmsReport(
      model: entry.name,
      inference: AlgorithmReport(
        inference, of: session, batch: 1, precision: entry.precision,
        algorithms: options.algorithms),
      training: AlgorithmReport(
        training, of: step.session, batch: batch, precision: configuration.precision,
        algorithms: options.algorithms))
  }
}
