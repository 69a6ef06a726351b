public import LeptonGraph
public import LeptonValues

/// A network that recipes and benchmarks know by name.
public struct Architecture: Sendable {
  public let name: String
  /// One sentence, for listings.
  public let summary: String
  /// The type of one example that it was made for: `[1, 28, 28]`.
  public let exampleShape: Shape
  /// Outputs: classes, or 1 for a binary decision.
  public let outputCount: Int
  /// How many token numbers it knows, for examples of `i64`; nil for examples of `f32`.
  public let vocabulary: Int?
  /// Makes the network for examples of a shape and a number of outputs.
  let make: @Sendable (Shape, Int) -> any Module
  /// The number of axes of an example, nil for any.
  let rank: Int?
  /// The least height and width of images, below which a pooling leaves nothing.
  let leastExtent: Int

  init(
    _ name: String, _ summary: String, example: Shape, outputs: Int, rank: Int? = nil,
    leastExtent: Int = 1, vocabulary: Int? = nil,
    _ make: @escaping @Sendable (Shape, Int) -> any Module
  ) {
    self.name = name
    self.summary = summary
    exampleShape = example
    outputCount = outputs
    self.rank = rank
    self.leastExtent = leastExtent
    self.vocabulary = vocabulary
    self.make = make
  }

  public static let all: [Architecture] = [
    .mlp, .lenet, .photoCNN, .resnet18, .resnet20, .cnn, .bert6, .lstm,
  ]

  /// The architecture of that name.
  ///
  /// - Throws: `LeptonError` of kind `usage` with the nearest right spelling.
  public static func named(_ name: String) throws -> Architecture {
    if let found = all.first(where: { $0.name == name }) { return found }
    let names = all.map(\.name)
    let near = nearestSpelling(of: name, in: names)
    throw LeptonError(
      .usage, "unknown architecture '\(name)'",
      fix: near.map { "did you mean '\($0)'?" } ?? "choose of \(names.joined(separator: ", "))")
  }

  /// `f32`, or `i64` for token numbers.
  public var inputDType: DType { vocabulary == nil ? .f32 : .i64 }

  /// The network as a model with fresh weights, for one example at a time.
  ///
  /// - Parameters:
  ///   - example: the shape of an example, without the batch: `[channels, height, width]` or
  ///     `[features]`.
  ///   - outputs: classes, or 1 for a binary decision.
  /// - Throws: `LeptonError` of kind `badInput` where the network cannot take such examples.
  public func model(
    example: Shape? = nil, outputs: Int? = nil, batch: Int = 1, seed: UInt64 = 0
  ) throws -> Model {
    let (network, input) = try network(example, outputs, batch)
    return try network.model(input: input, name: name, seed: seed)
  }

  /// The graph of `model` alone, without weights.
  public func graph(
    example: Shape? = nil, outputs: Int? = nil, batch: Int = 1
  ) throws -> Graph {
    let (network, input) = try network(example, outputs, batch)
    return try network.graph(input: input, name: name)
  }

  private func network(
    _ example: Shape?, _ outputs: Int?, _ batch: Int
  ) throws -> (any Module, TensorType) {
    let example = example ?? exampleShape
    if let rank, example.rank != rank {
      throw LeptonError(
        .badInput, "'\(name)' takes examples with \(rank) axes, these are \(example)",
        fix: rank == 3 ? "give images as [channels, height, width], or take 'mlp'" : "")
    }
    if let least = example.dropFirst(example.rank == 3 ? 1 : 0).min(), least < leastExtent {
      throw LeptonError(
        .badInput,
        "'\(name)' needs images of at least \(leastExtent) x \(leastExtent), these are \(example)",
        fix: "enlarge the images, or take 'mlp'")
    }
    let input = TensorType(inputDType, Shape([batch] + example.extents))
    return (make(example, outputs ?? outputCount), input)
  }
}
