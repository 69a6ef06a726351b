import Foundation
public import LeptonCPU
public import LeptonCompiler
public import LeptonData
public import LeptonGraph
public import LeptonRuntime
import LeptonValues

/// What a classifier says of every example of a data set: computed once, and every figure of quality follows.
public struct Predictions: Sendable {
  /// The names of the classes.
  public let classes: [String]
  /// The class of each example.
  public let labels: [Int]
  /// The class that the model decides for.
  public let decisions: [Int]
  /// A row of probabilities for each example, one for each class.
  public let probabilities: [Float]

  public var count: Int { labels.count }

  /// - Parameter probabilities: for each example one for each class; the decision is the first largest.
  public init(classes: [String], labels: [Int], probabilities: [Float]) {
    precondition(
      probabilities.count == labels.count * classes.count,
      "\(probabilities.count) probabilities for \(labels.count) examples, \(classes.count) classes")
    self.classes = classes
    self.labels = labels
    self.probabilities = probabilities
    decisions = labels.indices.map {
      Self.largest(probabilities[($0 * classes.count)..<(($0 + 1) * classes.count)])
    }
  }

  /// Runs a model over every example of a data set.
  ///
  /// - Throws: `LeptonError` of kind `badInput` where model and data do not fit.
  public init(
    of model: Model, on data: Dataset, precision: Precision = .f32, batch: Int = 32,
    backend: any Backend = CPUBackend(), options: CompileOptions = CompileOptions()
  ) throws {
    let outputs = try ModelOutputs(
      of: model, on: data, precision: precision, batch: batch, backend: backend, options: options)
    let width = data.classes.count
    guard outputs.width == width || outputs.width == 1 && width == 2 else {
      throw LeptonError(
        .badInput, "the model tells \(outputs.width) classes apart, the data have \(width)",
        at: model.facts.name, fix: "evaluate on data with the classes that it was trained for")
    }
    let probabilities = outputs.probabilities
    let places = try Self.places(of: data, in: model)
    self.init(
      classes: data.classes, labels: data.labels.array(of: Int32.self).map(Int.init),
      probabilities: places.map { places in
        (0..<data.count).flatMap { row in places.map { probabilities[row * width + $0] } }
      } ?? probabilities)
  }

  /// Where the model has each class of the data, by name; nil where it has them in the same order, or states no names.
  private static func places(of data: Dataset, in model: Model) throws -> [Int]? {
    let names = model.facts.labels
    if names.isEmpty || names == data.classes { return nil }
    let places = data.classes.compactMap { names.firstIndex(of: $0) }
    guard places.count == names.count, Set(places).count == names.count else {
      func list(_ names: [String]) -> String {
        names.prefix(4).joined(separator: ", ") + (names.count > 4 ? ", ..." : "")
      }
      throw LeptonError(
        .badInput, "the model tells \(list(names)) apart, the data have \(list(data.classes))",
        at: data.origin, fix: "evaluate on data with the classes that it was trained for")
    }
    return places
  }

  private static func largest(_ row: ArraySlice<Float>) -> Int {
    (row.indices.max { row[$0] < row[$1] } ?? row.startIndex) - row.startIndex
  }
}

extension Predictions {
  /// The probability of a class for an example.
  public func probability(of label: Int, _ example: Int) -> Double {
    Double(probabilities[example * classes.count + label])
  }

  /// The probability of the class that was decided for.
  public func confidence(_ example: Int) -> Double { probability(of: decisions[example], example) }

  public func isRight(_ example: Int) -> Bool { decisions[example] == labels[example] }

  /// The fraction told right.
  public var accuracy: Double { ConfusionFigures(confusion).accuracy }

  /// `confusion[true][predicted]`: how often.
  public var confusion: [[Int]] {
    var confusion = [[Int]](
      repeating: [Int](repeating: 0, count: classes.count), count: classes.count)
    for (label, decision) in zip(labels, decisions) { confusion[label][decision] += 1 }
    return confusion
  }
}
