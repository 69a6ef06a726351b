import Foundation
import LeptonCompiler
import LeptonGraph
import LeptonNavigator
import LeptonTraining
import LeptonValues

/// Training steps with Adam at 1e-3 on one random batch, again and again: the loss goes down, and nothing but the step
/// takes time.
struct RandomTraining {
  let session: Session
  private var feeds: [TensorData] = []
  private let corrections: [(feed: Int, beta: Double)]
  private var stepCount = 0

  /// - Parameter vocabulary: token numbers of the model's input are below it; nil where it takes numbers.
  init(
    _ model: Model, vocabulary: Int?, batch: Int, _ engine: EngineOptions, profiles: Bool = false
  ) throws {
    let loss = try Loss.fitting(model)
    let output = model.graph.type(of: model.graph.dataOutputs[0].value)
    // As the peers have it: a binary decision is compared with numbers.
    let targets =
      loss == .binaryCrossEntropy
      ? TensorType(.f32, Shape([batch] + output.shape.dropFirst())) : nil
    let graph = try TrainingStep.build(
      model, loss: loss, optimizer: .adam(), batch: batch, labels: targets)
    session = try Session(
      step: graph, residents: model.weights, precision: engine.precision ?? .f32,
      options: engine.compileOptions(profiles: profiles))

    var random = RandomFeeds()
    var corrections: [(feed: Int, beta: Double)] = []
    for (position, port) in graph.dataInputs.enumerated() {
      let type = graph.type(of: port.value)
      switch port.name {
      case "labels":
        let classes = loss == .crossEntropy ? output.shape[1] : 2
        feeds.append(random.numbers(type, below: classes))
      case "learning_rate": feeds.append(TensorData(scalar: Float(1e-3)))
      case "correction1", "correction2":
        corrections.append((position, port.name == "correction1" ? 0.9 : 0.999))
        feeds.append(TensorData(scalar: Float(1)))
      default:
        feeds.append(
          vocabulary.map { random.numbers(type, below: $0) } ?? random.tensor(type))
      }
    }
    self.corrections = corrections
  }

  /// One step; answers the loss before its update.
  mutating func run() throws -> Double {
    stepCount += 1
    for (feed, beta) in corrections {
      feeds[feed] = TensorData(scalar: Float(1 - pow(beta, Double(stepCount))))
    }
    return try session.run(feeds)[0].doubles[0]
  }
}
