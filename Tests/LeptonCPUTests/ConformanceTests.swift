import LeptonCPU
import LeptonCompiler
import LeptonGraph
import LeptonOps
import LeptonRuntime
import LeptonValues
import Testing

/// Every operation's samples, run by the CPU back end and compared with the reference kernels.
@Suite("The CPU agrees with the reference")
struct ConformanceTests {
  @Test("on every sample of every operation", arguments: OpSet.all.map(Subject.init))
  func samples(_ subject: Subject) throws {
    for (index, sample) in subject.op.samples.enumerated() {
      let operands = sample.operandData()
      let graph = try sample.graph(operands)
      let expected = try graph.evaluate(operands)
      let executable = try CPUBackend().compile(graph, CompileOptions())
      let actual = try executable.run(operands)
      for (expected, actual) in zip(expected, actual) {
        #expect(
          actual.largestDifference(from: expected) <= sample.tolerance,
          "\(subject) sample \(index): \(actual) is not \(expected)")
      }
    }
  }

  @Test("after all passes of inference", arguments: OpSet.all.map(Subject.init))
  func optimizedSamples(_ subject: Subject) throws {
    for (index, sample) in subject.op.samples.enumerated() {
      let operands = sample.operandData()
      let graph = try sample.graph(operands)
      let expected = try graph.evaluate(operands)
      let compiled = try graph.applying(Pipelines.inference(CPUBackend(), .f32))
      let actual = try CPUBackend().compile(compiled, CompileOptions()).run(operands)
      for (expected, actual) in zip(expected, actual) {
        #expect(
          actual.largestDifference(from: expected) <= sample.tolerance,
          "\(subject) sample \(index): \(actual) is not \(expected)")
      }
    }
  }
}

/// An operation as the argument of a test.
struct Subject: Sendable, CustomTestStringConvertible {
  let op: any Op.Type
  init(_ op: any Op.Type) { self.op = op }
  var testDescription: String { op.name }
}

extension Sample {
  /// A graph of this one application.
  func graph(_ operands: [TensorData]) throws -> Graph {
    var b = GraphBuilder(name: op.name)
    let inputs = operands.enumerated().map { b.input("x\($0.offset)", $0.element.type) }
    for (index, value) in try b.add(op, inputs).enumerated() { b.output("y\(index)", value) }
    return b.graph
  }
}

extension TensorData {
  /// The largest difference, relative to the largest element; infinite for other types or where one alone is NaN.
  func largestDifference(from other: TensorData) -> Double {
    guard type == other.type else { return .infinity }
    let (a, b) = (doubles, other.doubles)
    let scale = max(1e-6, b.lazy.filter(\.isFinite).map(abs).max() ?? 0)
    return zip(a, b).reduce(0) { worst, pair in
      if pair.0 == pair.1 || (pair.0.isNaN && pair.1.isNaN) { return worst }
      let difference = abs(pair.0 - pair.1) / scale
      return difference.isNaN ? .infinity : max(worst, difference)
    }
  }
}
