import LeptonGraph
import LeptonValues

/// Which axes of `[N, C]` or `[N, C, H, W]` batch normalisation reduces, and how a row of channels
/// stands beside them.
struct BatchNormAxes {
  /// All but the channels.
  let reduced: [Int]
  /// The shape of `[C]` that broadcasts: `[C]` or `[C, 1, 1]`.
  let column: [Int]

  init(_ shape: Shape) {
    reduced = shape.indices.filter { $0 != 1 }
    column = [-1] + Array(repeating: 1, count: shape.rank - 2)
  }
}

extension Op {
  /// Checks x and the rows of channels that come with it.
  func requireChannels(_ x: TensorType, _ rows: [TensorType]) throws {
    guard x.shape.rank == 2 || x.shape.rank == 4 else {
      throw LeptonError(
        .badInput, "\(name): the input has shape \(x.shape)",
        fix: "it takes [N, C] or [N, C, H, W]")
    }
    let dtype = try requireFloat(rows)
    guard x.dtype == dtype || (x.dtype == .bf16 && dtype == .f32) else {
      throw LeptonError(
        .badInput, "\(name): the input is \(x.dtype), its statistics are \(dtype)",
        fix: "they have one type, but that a bf16 input takes f32 statistics")
    }
    for row in rows { try requireShape(row, [x.shape[1]], "row of channels") }
  }

  /// How many elements share one channel's statistics. Throws where there is one only.
  func requireSeveral(_ x: TensorType) throws -> Int {
    let count = BatchNormAxes(x.shape).reduced.reduce(1) { $0 * x.shape[$1] }
    guard count > 1 else {
      throw LeptonError(
        .badInput, "\(name): one element for each channel in \(x.shape) has no variance",
        fix: "train with two examples or more in each batch")
    }
    return count
  }
}

extension GraphBuilder {
  /// `sqrt(variance + epsilon)`
  mutating func standardDeviation(_ variance: Value, epsilon: Double) throws -> Value {
    try add(one: Sqrt(), add(one: Add(), variance, scalar(epsilon, like: variance)))
  }
}
