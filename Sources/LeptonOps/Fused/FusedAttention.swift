public import LeptonGraph
public import LeptonValues

/// Scaled dot-product attention (Vaswani et al. 2017) over many heads as one pass, with whatever is done to single elements
/// on the way: `result(weights(softmax(scores(q kᵀ, masks...))) v)`.
///
/// Operands: query, key, value, each of rank 4, then the masks, which broadcast to `[batch, heads, queries, keys]`.
public struct FusedAttention: CompositeOp {
  public static let name = "fused_attention"

  /// How `[batch, heads, rows, width]` is made of an operand.
  public struct Heads: Sendable, Hashable, Codable {
    /// Of the operand's axes.
    public var permutation: [Int]
    public var program: ScalarProgram

    public init(permutation: [Int], program: ScalarProgram) {
      self.permutation = permutation
      self.program = program
    }
  }

  public var query: Heads
  public var key: Heads
  public var value: Heads
  /// Of one score and its masks.
  public var scores: ScalarProgram
  /// Of one element of the softmax.
  public var weights: ScalarProgram
  /// Of one element of the result `[batch, heads, queries, width]`, before its axes are permuted.
  public var result: Heads
  public var dtype: DType

  public init(
    query: Heads, key: Heads, value: Heads, scores: ScalarProgram, weights: ScalarProgram,
    result: Heads, dtype: DType
  ) {
    self.query = query
    self.key = key
    self.value = value
    self.scores = scores
    self.weights = weights
    self.result = result
    self.dtype = dtype
  }

  public func decompose(_ operands: [Value], _ b: inout GraphBuilder) throws -> [Value] {
    try expect(2 + scores.operandCount, operands.map { b.type(of: $0) })
    func real(_ program: ScalarProgram, _ values: [Value]) throws -> Value {
      try b.add(FusedElementwise(program: program, dtypes: [.f32]), values)[0]
    }
    let heads = try zip([query, key, value], operands).map { heads, operand in
      try real(heads.program, [b.add(one: Transpose(heads.permutation), operand)])
    }
    let products = try b.add(one: MatMul(transposeB: true), heads[0], heads[1])
    let softmax = try b.add(one: Softmax(), real(scores, [products] + operands.dropFirst(3)))
    let sums = try b.add(one: MatMul(), real(weights, [softmax]), heads[2])
    let last = FusedElementwise(program: result.program, dtypes: [dtype])
    return [try b.add(one: Transpose(result.permutation), b.add(one: last, sums))]
  }

  /// In 8 bits with a scale and a mask, and in reals as they are.
  public static let samples = [
    Sample(
      FusedAttention(
        query: .init(permutation: [0, 2, 1, 3], program: .affine(-120, 0.02)),
        key: .init(permutation: [0, 2, 1, 3], program: .affine(-130, 0.01)),
        value: .init(permutation: [0, 2, 1, 3], program: .affine(-128, 0.05)),
        scores: .sum, weights: .unchanged,
        result: .init(permutation: [0, 2, 1, 3], program: .affine(0.5, 2)), dtype: .f32),
      [
        .integers([2, 7, 3, 5], 0...255, .u8), .integers([2, 18, 3, 5], 0...255, .u8),
        .integers([2, 18, 3, 6], 0...255, .u8), .normal([2, 1, 1, 18]),
      ], differentiable: false, onnx: false),
    Sample(
      FusedAttention(
        query: .init(permutation: [0, 1, 2, 3], program: .unchanged),
        key: .init(permutation: [0, 1, 3, 2], program: .unchanged),
        value: .init(permutation: [0, 1, 2, 3], program: .unchanged),
        scores: .affine(0, 0.25), weights: .affine(0, 1),
        result: .init(permutation: [0, 2, 1, 3], program: .unchanged), dtype: .f32),
      [.normal([1, 2, 33, 16]), .normal([1, 2, 16, 65]), .normal([1, 2, 65, 16])],
      differentiable: false, onnx: false),
  ]
}

extension ScalarProgram {
  /// The element itself.
  public static let unchanged: ScalarProgram = {
    var program = ScalarProgram(operandCount: 1)
    program.results = program.operands
    return program
  }()

  fileprivate static let sum: ScalarProgram = {
    var program = ScalarProgram(operandCount: 2)
    program.results = [program.step(.add, program.operands[0], program.operands[1])]
    return program
  }()

  fileprivate static func affine(_ shift: Double, _ scale: Double) -> ScalarProgram {
    var program = ScalarProgram(operandCount: 1)
    let shifted = program.step(.add, program.operands[0], program.constant(shift))
    program.results = [program.step(.multiply, shifted, program.constant(scale))]
    return program
  }
}
