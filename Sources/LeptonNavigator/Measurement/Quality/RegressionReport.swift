public import LeptonCPU
public import LeptonCompiler
public import LeptonData
public import LeptonGraph
public import LeptonRuntime
import LeptonValues

/// How far the numbers that a model gives are from the right ones.
public struct RegressionReport: Sendable, Hashable, Codable {
  public var count: Int
  /// The mean of the distances: MAE.
  public var meanAbsoluteError: Double
  public var meanAbsoluteErrorInterval: Interval?
  /// The root of the mean squared distance: RMSE.
  public var rootMeanSquaredError: Double
  public var rootMeanSquaredErrorInterval: Interval?
  /// The fraction of the targets' variance that the model explains: R². Below 0 it is worse than their mean; nil where all
  /// targets are the same.
  public var determination: Double?
  public var determinationInterval: Interval?

  enum CodingKeys: String, CodingKey {
    case count
    case meanAbsoluteError = "mae"
    case meanAbsoluteErrorInterval = "mae_interval"
    case rootMeanSquaredError = "rmse"
    case rootMeanSquaredErrorInterval = "rmse_interval"
    case determination = "r2"
    case determinationInterval = "r2_interval"
  }

  /// - Parameter bootstrap: nil takes as many resamples as are quick.
  public init(predicted: [Double], targets: [Double], bootstrap: Bootstrap? = nil) {
    precondition(predicted.count == targets.count, "a prediction for each target")
    count = targets.count
    // Distances from the mean keep the sums of squares exact enough.
    let mean = targets.reduce(0, +) / Double(max(1, targets.count))
    let gaps = zip(predicted, targets).map { $0 - $1 }
    let centred = targets.map { $0 - mean }
    func figures(_ counts: [Int]) -> [Double] {
      var (n, distance, squares, sum, spread) = (0.0, 0.0, 0.0, 0.0, 0.0)
      for (example, drawn) in counts.enumerated() where drawn > 0 {
        let weight = Double(drawn)
        n += weight
        distance += weight * abs(gaps[example])
        squares += weight * gaps[example] * gaps[example]
        sum += weight * centred[example]
        spread += weight * centred[example] * centred[example]
      }
      let variance = spread - sum * sum / n
      return [
        distance / n, (squares / n).squareRoot(),
        variance > 1e-12 * max(spread, squares) ? 1 - squares / variance : .nan,
      ]
    }
    let once = [Int](repeating: 1, count: targets.count)
    let whole = figures(once)
    let intervals = (bootstrap ?? .ofExamples(targets.count)).intervals(of: once, figures)
    meanAbsoluteError = whole[0]
    meanAbsoluteErrorInterval = intervals[0]
    rootMeanSquaredError = whole[1]
    rootMeanSquaredErrorInterval = intervals[1]
    determination = whole[2].isNaN ? nil : whole[2]
    determinationInterval = intervals[2]
  }

  /// Runs a model over every example of a data set whose labels are numbers.
  ///
  /// - Throws: `LeptonError` of kind `badInput` where the model gives more than one number, or a label is none.
  public init(
    of model: Model, on data: Dataset, precision: Precision = .f32, batch: Int = 32,
    backend: any Backend = CPUBackend(), options: CompileOptions = CompileOptions()
  ) throws {
    let outputs = try ModelOutputs(
      of: model, on: data, precision: precision, batch: batch, backend: backend, options: options)
    guard outputs.width == 1 else {
      throw LeptonError(
        .badInput, "the model gives \(outputs.width) numbers for an example, labels are one",
        at: model.facts.name, fix: "evaluate a model with one output")
    }
    self.init(
      predicted: outputs.values.map(Double.init), targets: try data.numericTargets())
  }
}

extension Dataset {
  /// The labels as numbers: what the names of the classes say.
  func numericTargets() throws -> [Double] {
    let values = try classes.map { name in
      guard let value = Double(name), value.isFinite else {
        throw LeptonError(
          .badInput, "label \"\(name)\" is no number", at: origin,
          fix: "name the column to predict, or evaluate a classifier")
      }
      return value
    }
    return labels.array(of: Int32.self).map { values[Int($0)] }
  }
}

extension Model {
  /// Whether it predicts numbers: it says so, or gives one number where data have more than two labels.
  package func isRegression(on data: Dataset) -> Bool {
    if !facts.task.isEmpty { return facts.task == "regression" }
    guard let output = graph.dataOutputs.first else { return false }
    let shape = graph.type(of: output.value).shape
    return shape.elementCount == (shape.first ?? 1) && data.classes.count > 2
  }
}
