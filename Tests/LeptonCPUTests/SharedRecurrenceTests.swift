import LeptonCPU
import LeptonGraph
import LeptonOps
import LeptonRuntime
import LeptonValues
import Testing

/// One example on several threads: they share the units, and meet after every step.
@Suite("Recurrence of one example")
struct SharedRecurrenceTests {
  @Test(
    "gives the bits of one thread", arguments: [(9, 128, false), (5, 131, true), (1, 112, false)])
  func agrees(steps: Int, hidden: Int, reversed: Bool) throws {
    var b = GraphBuilder(name: "lstm")
    let shapes: [Shape] = [
      [steps, 1, 4 * hidden], [4 * hidden, hidden], [1, hidden], [1, hidden],
    ]
    let inputs = shapes.enumerated().map { b.input("\($0.offset)", TensorType(.f32, $0.element)) }
    let results = try b.add(LSTMRecurrence(reversed: reversed), inputs)
    for index in 0..<3 { b.output("y\(index)", results[index]) }
    let feeds = shapes.map { shape in
      TensorData(
        (0..<shape.elementCount).map { Float($0 * 7919 % 1009) / 2018 - 0.25 }, shape: shape)
    }
    let expected = try b.graph.evaluate(feeds)
    let alone = try CPUBackend().compile(b.graph, CompileOptions(threads: 1)).run(feeds)
    let together = try CPUBackend().compile(b.graph, CompileOptions(threads: 2))
    for _ in 0..<3 { #expect(try together.run(feeds) == alone) }
    for (expected, actual) in zip(expected, alone) {
      #expect(actual.largestDifference(from: expected) < 1e-5)
    }
  }
}
