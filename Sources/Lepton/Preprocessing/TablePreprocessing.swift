import Foundation
public import LeptonGraph
import LeptonOps
import LeptonValues

/// How raw numbers of a table's row become what a network computes with; the model's first nodes do it.
///
/// ```swift
/// let rows = TablePreprocessing(columns: [
///   .numeric(fill: 38, mean: 38.6, deviation: 13.6, hasIndicator: false),
///   .categorical(count: 7, hasUnknown: true, hasMissing: true),
/// ])
/// let model = try Architecture.mlp.model(example: [rows.width], outputs: 2).withTablePreprocessing(rows)
/// ```
public struct TablePreprocessing: Sendable, Hashable {
  /// One column of the table.
  public enum Column: Sendable, Hashable {
    /// One number: `(x - mean) / deviation`, of `fill` where it is NaN. With an indicator a second one says 1 where it
    /// was NaN.
    case numeric(fill: Float, mean: Float, deviation: Float, hasIndicator: Bool)
    /// The place of one of `count` categories: one number for each, 1 for that one. An unknown one, -1, has a number
    /// too, or is all zeros; so is a missing one, NaN.
    case categorical(count: Int, hasUnknown: Bool, hasMissing: Bool)
    /// How often each of several words occurs, as `log(1 + count) * weight`, brought to one length for all texts.
    case words(weights: [Float])

    /// How many numbers it has in a raw row.
    public var rawWidth: Int {
      if case .words(let weights) = self { weights.count } else { 1 }
    }

    /// How many the network is given.
    public var width: Int {
      switch self {
      case .numeric(_, _, _, let hasIndicator): hasIndicator ? 2 : 1
      case .categorical(let count, let hasUnknown, let hasMissing):
        count + (hasUnknown ? 1 : 0) + (hasMissing ? 1 : 0)
      case .words(let weights): weights.count
      }
    }
  }

  public var columns: [Column]

  public init(columns: [Column]) { self.columns = columns }

  /// How many numbers the network is given: numeric columns, indicators, categories, words, each in the order of the
  /// columns.
  public var width: Int { columns.reduce(0) { $0 + $1.width } }
  /// How many numbers a raw row has.
  public var rawWidth: Int { columns.reduce(0) { $0 + $1.rawWidth } }

  /// The weight of a word that the fraction `frequency` of `count` texts have: `ln((1 + n) / (1 + n f)) + 1`.
  ///
  /// Source: Sparck Jones, "A statistical interpretation of term specificity", 1972, smoothed as in scikit-learn.
  public static func wordWeight(frequency: Double, of count: Int) -> Double {
    let n = Double(count)
    return log((1 + n) / (1 + n * frequency)) + 1
  }
}

extension Model {
  /// The same network on raw rows `f32[N, F]`, NaN where a value is missing.
  ///
  /// - Throws: `LeptonError` of kind `badInput` where the model takes no rows of `preprocessing.width` numbers.
  public func withTablePreprocessing(_ preprocessing: TablePreprocessing) throws -> Model {
    guard let port = graph.dataInputs.first, graph.dataInputs.count == 1 else {
      throw LeptonError(
        .badInput, "preprocessing needs a model with one input, \(graph.name) has several")
    }
    let type = graph.type(of: port.value)
    guard type.shape.rank == 2, type.shape[1] == preprocessing.width, type.dtype == .f32 else {
      throw LeptonError(
        .badInput,
        "input '\(port.name)' is \(type), the rows become f32[N, \(preprocessing.width)]",
        fix: "build the network for as many numbers")
    }
    var b = GraphBuilder(name: graph.name)
    b.scope = "preprocessing"
    var operands: [Value] = []
    for input in graph.inputs {
      let own = graph.type(of: input.value)
      let raw = TensorType(.f32, [type.shape[0], preprocessing.rawWidth])
      operands.append(b.input(input.name, input == port ? raw : own, role: input.role))
    }
    let position = graph.inputs.firstIndex(of: port)!
    operands[position] = try preprocessing.encode(operands[position], &b)
    b.scope = ""
    let outputs = try b.inline(graph, operands)
    for (output, value) in zip(graph.outputs, outputs) {
      b.output(output.name, value, role: output.role)
    }
    return Model(graph: b.graph, weights: weights, facts: facts)
  }
}

extension TablePreprocessing {
  /// Where columns lie in a raw row.
  private var places: [(place: Int, column: Column)] {
    var place = 0
    return columns.map { column in
      defer { place += column.rawWidth }
      return (place, column)
    }
  }

  fileprivate func encode(_ raw: Value, _ b: inout GraphBuilder) throws -> Value {
    let parts =
      try numbers(raw, &b) + categories(raw, &b)
      + places.compactMap { place, column in
        guard case .words(let weights) = column else { return nil }
        return try words(raw, at: place, weights, &b)
      }
    return parts.count == 1 ? parts[0] : try b.add(Concat(axis: 1), parts)[0]
  }

  /// All numeric columns at once, and the indicators of those that have one.
  private func numbers(_ raw: Value, _ b: inout GraphBuilder) throws -> [Value] {
    var (indices, indicators): ([Int], [Int]) = ([], [])
    var (fills, means, scales): ([Float], [Float], [Float]) = ([], [], [])
    for (place, column) in places {
      guard case .numeric(let fill, let mean, let deviation, let hasIndicator) = column else {
        continue
      }
      indices.append(place)
      fills.append(fill)
      means.append(mean)
      scales.append(1 / deviation)
      if hasIndicator { indicators.append(place) }
    }
    guard !indices.isEmpty else { return [] }
    let values = try chosen(raw, indices, &b)
    let isMissing = try b.add(one: NotEqual(), values, values)
    let filled = try b.add(one: Select(), isMissing, b.row(fills), values)
    let centred = try b.add(one: Subtract(), filled, b.row(means))
    let numbers = try b.add(one: Multiply(), centred, b.row(scales))
    guard !indicators.isEmpty else { return [numbers] }
    let flagged = try chosen(raw, indicators, &b)
    let flags = try b.add(one: Cast(to: .f32), b.add(one: NotEqual(), flagged, flagged))
    return [numbers, flags]
  }

  /// All categorical columns at once: a row's value beside each place that it may have.
  private func categories(_ raw: Value, _ b: inout GraphBuilder) throws -> [Value] {
    var indices: [Int] = []
    var slots: [Float] = []
    for (place, column) in places {
      guard case .categorical(let count, let hasUnknown, let hasMissing) = column else { continue }
      var own = (0..<count).map(Float.init)
      if hasUnknown { own.append(-1) }
      if hasMissing { own.append(Self.missingSlot) }
      slots += own
      indices += own.map { _ in place }
    }
    guard !indices.isEmpty else { return [] }
    let values = try chosen(raw, indices, &b)
    let isMissing = try b.add(one: NotEqual(), values, values)
    let missing = try b.row([Self.missingSlot])
    let filled = try b.add(one: Select(), isMissing, missing, values)
    return [try b.add(one: Cast(to: .f32), b.add(one: Equal(), filled, b.row(slots)))]
  }

  /// Stands for NaN, which equals nothing.
  private static let missingSlot: Float = -2

  private func words(
    _ raw: Value, at place: Int, _ weights: [Float], _ b: inout GraphBuilder
  ) throws -> Value {
    let counts =
      rawWidth == weights.count
      ? raw : try b.add(one: Slice(place..<(place + weights.count), axis: 1, rank: 2), raw)
    let weighted = try b.add(
      one: Multiply(), b.add(one: Log1p(), counts), b.row(weights))
    let squares = try b.add(one: Multiply(), weighted, weighted)
    let sum = try b.add(one: Reduce(.sum, axes: [1], keepDims: true), squares)
    let length = try b.add(one: Sqrt(), b.add(one: Maximum(), sum, b.row([1e-6])))
    let scaled = try b.add(one: Divide(), b.row([Self.textLength]), length)
    return try b.add(one: Multiply(), weighted, scaled)
  }

  /// The length of every text as a vector: such that a word of ten has about the size of a standardised number.
  private static let textLength: Float = 4

  private func chosen(_ raw: Value, _ indices: [Int], _ b: inout GraphBuilder) throws -> Value {
    if indices == Array(0..<rawWidth) { return raw }
    let constant = try b.constant(TensorData(indices.map(Int64.init), shape: [indices.count]))
    return try b.add(one: Gather(axis: 1), raw, constant)
  }
}

extension GraphBuilder {
  /// Constants beside each row of a batch.
  fileprivate mutating func row(_ values: [Float]) throws -> Value {
    try constant(TensorData(values, shape: [values.count]))
  }
}
