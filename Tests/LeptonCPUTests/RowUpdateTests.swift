import LeptonCPU
import LeptonGraph
import LeptonOps
import LeptonRuntime
import LeptonValues
import Testing

/// The update of a table by rows, beside the sum of rows and the update of the whole table.
@Suite("An update by rows")
struct RowUpdateTests {
  @Test("leaves the bits that the update of the whole table leaves", arguments: RowUpdateCase.all)
  func agrees(_ it: RowUpdateCase) throws {
    for indexType in [DType.i32, .i64] {
      let expected = try it.state(byRows: false, indexType, threads: 1)
      #expect(try it.state(byRows: true, indexType, threads: 1) == expected)
      #expect(try it.state(byRows: true, indexType, threads: 2) == expected)
    }
  }
}

struct RowUpdateCase: Sendable, CustomTestStringConvertible {
  let update: any OptimizerUpdate
  let table: Shape
  let indices: Int

  var testDescription: String { "\(update) of \(table) by \(indices) rows" }

  static let all = updates.flatMap { update in
    sizes.map { RowUpdateCase(update: update, table: $0.0, indices: $0.1) }
  }

  private static let updates: [any OptimizerUpdate] = [
    SGDUpdate(weightDecay: 0.1), SGDUpdate(momentum: 0.9),
    SGDUpdate(momentum: 0.9, weightDecay: 0.1, nesterov: true), AdamUpdate(),
    AdamUpdate(weightDecay: 0.1), AdamUpdate(weightDecay: 0.1, decoupled: true),
  ]
  /// Rows of which many fit a piece, one does, none does; of one number; none at all; more than the table has.
  private static let sizes: [(Shape, Int)] = [
    ([301, 37], 40), ([67, 600], 30), ([19, 2, 1031], 12), ([5003], 90), ([1, 3], 1),
    ([41, 384], 0), ([130, 384], 700),
  ]

  /// Table and moments after three steps, as bits.
  func state(byRows: Bool, _ indexType: DType, threads: Int) throws -> [[UInt32]] {
    let executable = try CPUBackend().compile(
      graph(byRows: byRows, indexType), CompileOptions(threads: threads))
    for (position, name) in residents.enumerated() {
      let data = numbers(table, seed: position, 0.1...1)
      try executable.setResident(name, to: data)
    }
    for step in 0..<3 {
      let rows = numbers(rowShape, seed: 10 + step, -1...1)
      let scalars = [0.01, 0.7, 0.1, 0.001].prefix(scalarCount).map {
        TensorData([$0], as: TensorType(.f32, []))
      }
      _ = try executable.run([places(indexType, step), rows] + scalars)
    }
    return try residents.map { try executable.resident($0).doubles.map { Float($0).bitPattern } }
  }

  private var momentCount: Int { type(of: update).momentCount }
  private var scalarCount: Int { type(of: update).scalarCount }
  private var residents: [String] { ["table"] + (0..<momentCount).map { "moment\($0)" } }
  private var rowShape: Shape { Shape([indices] + table.dropFirst()) }

  private func graph(byRows: Bool, _ indexType: DType) throws -> Graph {
    var b = GraphBuilder(name: "update")
    let tableType = TensorType(.f32, table)
    let state = residents.map {
      b.input($0, tableType, role: $0 == "table" ? .parameter : .state)
    }
    let places = b.input("indices", TensorType(indexType, [indices]))
    let rows = b.input("rows", TensorType(.f32, rowShape))
    let scalars = (0..<scalarCount).map { b.input("scalar\($0)", TensorType(.f32, [])) }
    let next: [Value]
    if byRows {
      next = try b.add(update.byRows, [state[0], places, rows] + state[1...] + scalars)
    } else {
      let sum = try b.add(one: ScatterAdd(shape: table.extents), places, rows)
      next = try b.add(update, [state[0], sum] + state[1...] + scalars)
    }
    for (name, value) in zip(residents, next) {
      b.output(name, value, role: name == "table" ? .parameter : .state)
    }
    return b.graph
  }

  /// Out of order, some several times, some from the end.
  private func places(_ type: DType, _ step: Int) -> TensorData {
    let numbers = (0..<indices).map { position in
      let index = (position / 2 * 7919 + step * 31) % table[0]
      return Double(position % 3 == 0 ? index - table[0] : index)
    }
    return TensorData(numbers, as: TensorType(type, [indices]))
  }

  private func numbers(_ shape: Shape, seed: Int, _ range: ClosedRange<Double>) -> TensorData {
    let numbers = (0..<shape.elementCount).map { position in
      let part = Double((position * 7919 + seed * 104_729) % 10_007) / 10_006
      return range.lowerBound + part * (range.upperBound - range.lowerBound)
    }
    return TensorData(numbers, as: TensorType(.f32, shape))
  }
}
