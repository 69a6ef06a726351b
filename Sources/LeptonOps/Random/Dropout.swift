public import LeptonGraph
public import LeptonValues

/// Sets a random share of the elements to zero in training and scales the others up by as much, so
/// that the mean stays; the identity in inference (Srivastava et al., JMLR 15, 2014).
public struct Dropout: ModeDependentOp {
  public static let name = "dropout"

  /// The share of elements to drop, 0 or more and less than 1.
  public var rate: Double

  public init(rate: Double) { self.rate = rate }

  public func resultTypes(of operands: [TensorType]) throws -> [TensorType] {
    try expect(1, operands)
    guard (0..<1).contains(rate), operands[0].dtype.isFloatingPoint else {
      throw LeptonError(
        .badInput, "dropout: a rate of \(rate) of \(operands[0])",
        fix: "drop a share of 0..<1 of floating-point elements")
    }
    return [operands[0]]
  }

  public func pullback(
    _ node: Node, _ gradients: [Value?], _ b: inout GraphBuilder
  ) throws -> [Value?] { [gradients[0]] }

  public func reference(
    _ operands: [TensorData], _ results: [TensorType]
  ) throws -> [TensorData] { operands }

  public func lowerForInference(
    _ node: Node, _ operands: [Value], _ b: inout GraphBuilder
  ) throws -> [Value] { operands }

  public func lowerForTraining(
    _ node: Node, _ operands: [Value], _ t: inout TrainingLowering
  ) throws -> [Value] {
    guard rate > 0 else { return operands }
    let x = operands[0]
    let key = try t.randomKey()
    let shape = t.builder.shape(of: x).extents
    let stream = t.nextStream()
    let draws = try t.builder.add(one: RandomUniform(shape: shape, stream: stream), key)
    let stays = try t.builder.add(
      one: GreaterOrEqual(), draws, t.builder.scalar(rate, like: draws))
    let scaled = try t.builder.add(
      one: Multiply(), x, t.builder.scalar(1 / (1 - rate), like: x))
    return [try t.builder.add(one: Select(), stays, scaled, t.builder.scalar(0, like: x))]
  }

  public static let samples = [
    Sample(Dropout(rate: 0.5), [.normal([3, 4])]),
    Sample(Dropout(rate: 0), [.normal([2, 3, 4])]),
    Sample(Dropout(rate: 0.1), [.normal([])]),
  ]

  /// Stays a dropout, so that an imported model can be trained further; the mask of inference keeps everything.
  public static let onnxReaders: [String: ONNXReader] = [
    "Dropout": { node, context in
      try node.allow(["is_test", "ratio", "seed"])
      let x = try node.input(0)
      // In inference the ratio is of no account, and need not be known.
      let ratio = node.optionalInput(1).flatMap { context.constants[$0]?.doubles.first }
      let isTraining = try context.scalar(node, input: 2).map { $0 != 0 } ?? false
      let known = isTraining ? try context.scalar(node, input: 1) ?? 0.5 : ratio
      guard !isTraining || known == 0 else {
        throw node.error(
          "training_mode drops random elements", fix: "export it for inference; training drops anew"
        )
      }
      let rate = known ?? node.float("ratio", default: node.optionalInput(1) == nil ? 0.5 : 0)
      let y = try context.add(Dropout(rate: rate), x)
      guard node.outputCount > 1 else { return [y] }
      let kept = try context.addConstant(TensorData(scalar: true))
      return [y, try context.add(BroadcastTo(context.shape(of: x).extents), kept)]
    }
  ]

  public func writeONNX(_ node: Node, _ writer: inout ONNXWriter) throws {
    let ratio = writer.constant(TensorData(scalar: Float(rate)), named: "ratio")
    writer.emit(
      "Dropout", [writer.name(of: node.operand), ratio], [writer.name(of: node.result)])
  }
}
