public import LeptonValues

/// What running something takes: floating-point (or integer) operations, where a multiply-add counts as two, and
/// bytes moved if every operand is read and every result written once.
public struct Cost: Sendable, Hashable, Codable {
  public var flops: Int
  public var bytesRead: Int
  public var bytesWritten: Int

  public static let zero = Cost(flops: 0, bytesRead: 0, bytesWritten: 0)

  public init(flops: Int, bytesRead: Int, bytesWritten: Int) {
    self.flops = flops
    self.bytesRead = bytesRead
    self.bytesWritten = bytesWritten
  }

  public init(flops: Int, _ operands: [TensorType], _ results: [TensorType]) {
    self.init(
      flops: flops, bytesRead: operands.reduce(0) { $0 + $1.byteCount },
      bytesWritten: results.reduce(0) { $0 + $1.byteCount })
  }

  public static func + (a: Cost, b: Cost) -> Cost {
    Cost(
      flops: a.flops + b.flops, bytesRead: a.bytesRead + b.bytesRead,
      bytesWritten: a.bytesWritten + b.bytesWritten)
  }
}
