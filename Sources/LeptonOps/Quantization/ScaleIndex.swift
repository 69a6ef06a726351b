import LeptonGraph
import LeptonValues

/// Which scale belongs to an element, by row-major position.
struct ScaleIndex {
  private let inner: Int
  private let count: Int

  /// One scale for each index of `axis`, or a single one.
  init(_ axis: Int?, _ shape: Shape) {
    inner = axis.map { shape[($0 + 1)...].reduce(1, *) } ?? 1
    count = axis.map { shape[$0] } ?? 1
  }

  subscript(position: Int) -> Int { position / inner % count }
}

extension Op {
  /// Checks that scale and zero point, operands 1 and 2, are scalars or rows along `axis`.
  func requireScale(_ operands: [TensorType], axis: Int?) throws {
    let shape = operands[0].shape
    let row: Shape = try axis.map { [shape[try resolve($0, in: shape)]] } ?? []
    try requireShape(operands[1], row, "scale")
    try requireShape(operands[2], row, "zero point")
  }
}
