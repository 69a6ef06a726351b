public import LeptonGraph
import LeptonValues

/// An update of a table whose gradient is zero in all rows that no index names: `ScatterAdd`, then the
/// optimizer's update. Every row is updated, by a gradient of zero where none came.
///
/// Operands: those of the update, with indices (i32 or i64) of any shape I and rows of shape
/// I + table.shape[1...] in the gradient's place. Results: those of the update.
public struct RowUpdate<Update: OptimizerUpdate>: CompositeOp {
  public static var name: String { "\(Update.name)ByRows" }

  public var update: Update

  public init(_ update: Update) { self.update = update }

  public func decompose(_ operands: [Value], _ b: inout GraphBuilder) throws -> [Value] {
    try expect(
      3 + Update.momentCount + Update.scalarCount, operands.map { b.type(of: $0) })
    let scatter = ScatterAdd(shape: b.shape(of: operands[0]).extents)
    let gradient = try b.add(one: scatter, operands[1], operands[2])
    return try b.add(update, [operands[0], gradient] + operands[3...])
  }

  public func pullback(
    _ node: Node, _ gradients: [Value?], _ b: inout GraphBuilder
  ) throws -> [Value?] {
    try update.pullback(node, gradients, &b)
  }

  public static var samples: [Sample] {
    Update.samples.compactMap { sample in
      guard let update = sample.op as? Update, case .uniform(let table, _) = sample.operands[0]
      else { return nil }
      let rows = Shape([2, 3] + table.dropFirst())
      let gradient: [Sample.Operand] = [
        .integers([2, 3], -table[0]...table[0] - 1, .i64), .normal(rows),
      ]
      return Sample(
        RowUpdate(update), sample.operands[..<1] + gradient + sample.operands[2...],
        differentiable: false, onnx: false)
    }
  }
}

extension OptimizerUpdate {
  /// The update by rows and their indices instead of a whole gradient.
  public var byRows: any CompositeOp { RowUpdate(self) }
}
