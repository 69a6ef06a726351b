import Foundation
import LeptonGraph
import LeptonOps
import LeptonValues
import Testing

/// LSTM and GRU against PyTorch: `Golden/make_recurrence.py` says what it was asked.
@Suite("Recurrence")
struct RecurrenceTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let op: any Op
    let gates: Int
    /// Phase of the weights: the second direction has its own.
    let phase: Double
  }

  static let cases = [
    Case(testDescription: "LSTM forward", op: LSTM(), gates: 4, phase: 0),
    Case(testDescription: "LSTM reversed", op: LSTM(reversed: true), gates: 4, phase: 1),
    Case(testDescription: "GRU forward", op: GRU(), gates: 3, phase: 0),
    Case(testDescription: "GRU reversed", op: GRU(reversed: true), gates: 3, phase: 1),
  ]

  /// x, weights, biases and first states.
  private static func operands(_ test: Case) -> [TensorData] {
    let rows = test.gates * 5
    let states = [sine([3, 5], 1.1), sine([3, 5], 1.3)]
    return [
      sine([4, 3, 2]), sine([rows, 2], 0.53, test.phase), sine([rows, 5], 0.71, test.phase),
      sine([rows], 0.9, test.phase), sine([rows], 1.7, test.phase),
    ] + states.prefix(test.gates - 2)
  }

  @Test("is PyTorch's, with its gradients", arguments: cases)
  func gradients(_ test: Case) throws {
    let golden = try GoldenRecurrence.read(test.testDescription)
    let (results, gradients) = try applied(test.op, Self.operands(test), seed: (0.23, 0))
    #expect(results.count == golden.results.count && gradients.count == golden.gradients.count)
    for (expected, actual) in zip(golden.results + golden.gradients, results + gradients) {
      #expect(expected.golden.matches(actual))
    }
  }

  @Test("stops at the lengths of the examples as PyTorch does", arguments: cases)
  func lengths(_ test: Case) throws {
    let golden = try GoldenRecurrence.read(test.testDescription)
    let lengths = TensorData([2, 4, 1] as [Int64], shape: [3])
    let results = try applied(test.op, Self.operands(test) + [lengths]).results
    for (expected, actual) in zip(golden.measured, results) {
      #expect(expected.golden.matches(actual))
    }
  }

  @Test("refuses weights of another size by name")
  func refusal() {
    let types = [[4, 3, 2], [20, 2], [20, 4], [20], [20]].map { TensorType(.f32, Shape($0)) }
    let error = #expect(throws: LeptonError.self) { try LSTM().resultTypes(of: types) }
    #expect(error?.what.contains("weight") == true)
  }
}

/// One entry of the file that the script writes.
private struct GoldenRecurrence: Decodable {
  struct Summary: Decodable {
    let shape: [Int]
    let head: [Double]
    let sum: Double
    let squares: Double

    var golden: Golden { Golden(Shape(shape), head, sum: sum, squares: squares) }
  }

  let results: [Summary]
  let gradients: [Summary]
  /// With lengths.
  let measured: [Summary]

  static func read(_ name: String) throws -> GoldenRecurrence {
    let url = Bundle.module.resourceURL!.appendingPathComponent("Golden/recurrence.json")
    let all = try JSONDecoder().decode(
      [String: GoldenRecurrence].self, from: Data(contentsOf: url))
    return try #require(all[name])
  }
}
