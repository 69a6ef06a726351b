import Lepton
import LeptonCompiler
import LeptonValues
import Testing

@Suite("Rows of tables in the graph")
struct TablePreprocessingTests {
  /// What the network is given for each row: the network is the identity.
  private func encoded(_ rows: TablePreprocessing, _ raw: [[Float]]) throws -> [[Float]] {
    let identity = try Sequential { Flatten() }.model(
      input: TensorType(.f32, [raw.count, rows.width]), name: "identity", seed: 0)
    let session = try Session(try identity.withTablePreprocessing(rows))
    let input = TensorData(raw.flatMap(\.self), shape: [raw.count, rows.rawWidth])
    let values = try session.run([input])[0].floats
    return raw.indices.map { Array(values[($0 * rows.width)..<(($0 + 1) * rows.width)]) }
  }

  @Test("numbers are standardised, a missing one is filled and flagged")
  func numbers() throws {
    let rows = TablePreprocessing(columns: [
      .numeric(fill: 3, mean: 1, deviation: 2, hasIndicator: true),
      .numeric(fill: 0, mean: 0, deviation: 1, hasIndicator: false),
    ])
    #expect(rows.width == 3)
    #expect(try encoded(rows, [[5, 7], [.nan, .nan]]) == [[2, 7, 0], [1, 0, 1]])
  }

  @Test("a category is a one in its place; unknown and missing have places if they were learnt")
  func categories() throws {
    let rows = TablePreprocessing(columns: [
      .categorical(count: 2, hasUnknown: true, hasMissing: true),
      .categorical(count: 2, hasUnknown: false, hasMissing: false),
    ])
    let result = try encoded(rows, [[0, 1], [1, 0], [-1, -1], [.nan, .nan]])
    #expect(
      result == [
        [1, 0, 0, 0, 0, 1], [0, 1, 0, 0, 1, 0], [0, 0, 1, 0, 0, 0], [0, 0, 0, 1, 0, 0],
      ])
  }

  @Test("counts of words are weighted and brought to one length; a text without words stays zero")
  func words() throws {
    let rows = TablePreprocessing(columns: [
      .categorical(count: 2, hasUnknown: false, hasMissing: false), .words(weights: [1, 2, 1]),
      .numeric(fill: 0, mean: 0, deviation: 1, hasIndicator: false),
    ])
    let result = try encoded(rows, [[1, 1, 1, 0, 9], [0, 0, 0, 0, 8], [0, 3, 0, 0, 7]])
    // Numbers come first, then categories, then words.
    #expect(result.map { Array($0.prefix(3)) } == [[9, 0, 1], [8, 1, 0], [7, 1, 0]])
    let lengths = result.map { $0[3...].reduce(0) { $0 + $1 * $1 }.squareRoot() }
    #expect(abs(lengths[0] - 4) < 1e-5 && lengths[1] == 0 && abs(lengths[2] - 4) < 1e-5)
    #expect(abs(result[0][4] / result[0][3] - 2) < 1e-5)
  }

  @Test("a network of another width is refused")
  func widths() throws {
    let model = try Architecture.mlp.model(example: [4], outputs: 2)
    let rows = TablePreprocessing(columns: [
      .numeric(fill: 0, mean: 0, deviation: 1, hasIndicator: false)
    ])
    #expect(throws: LeptonError.self) { try model.withTablePreprocessing(rows) }
  }

  @Test("hidden layers have the widths that are asked for")
  func hidden() throws {
    let model = try Architecture.mlp(hidden: [7, 5], dropout: 0.5).model(example: [4], outputs: 3)
    #expect(model.parameterCount == 4 * 7 + 7 + 7 * 5 + 5 + 5 * 3 + 3)
  }
}
