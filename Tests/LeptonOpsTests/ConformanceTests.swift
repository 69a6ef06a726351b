import Foundation
import LeptonGraph
import LeptonOps
import LeptonValues
import Testing

/// What every operation promises, checked with the samples that it declares.
@Suite("Every operation")
struct ConformanceTests {
  @Test("computes results of the types that its type rule states", arguments: OpCase.all)
  func types(_ test: OpCase) throws {
    for dtype in Set([.f32, test.widest]) {
      let (graph, operands) = try test.graph(dtype)
      try graph.verify()
      let results = try graph.evaluate(operands)
      #expect(results.map(\.type) == graph.outputs.map { graph.type(of: $0.value) })
      #expect(results.allSatisfy { $0.doubles.count == $0.elementCount })
    }
  }

  @Test("refuses a wrong number of operands", arguments: OpSet.all.map(OpType.init))
  func operandCount(_ test: OpType) throws {
    let sample = try #require(test.type.samples.first)
    let types = sample.operandData().map(\.type)
    let odd = TensorType(.bool, [7, 7, 7, 7, 7])
    let tooMany = types + [TensorType](repeating: odd, count: 9)
    #expect(throws: LeptonError.self) { try sample.op.resultTypes(of: tooMany) }
    guard !types.isEmpty else { return }
    #expect(throws: LeptonError.self) { try sample.op.resultTypes(of: []) }
  }

  @Test("survives its textual form", arguments: OpCase.all)
  func text(_ test: OpCase) throws {
    let (graph, _) = try test.graph(.f32)
    let text = graph.description
    #expect(try Graph(parsing: text) == graph, "\(text)")
  }

  @Test("equals its decomposition", arguments: OpCase.composite)
  func decomposition(_ test: OpCase) throws {
    let op = try #require(test.sample.op as? any CompositeOp)
    let (graph, operands) = try test.graph(test.widest)
    let body = try op.decomposition(of: operands.map(\.type))
    try body.verify()
    let tolerance = test.widest == .f64 ? 1e-9 : test.sample.tolerance
    let pairs = zip(try graph.evaluate(operands), try body.evaluate(operands))
    for (whole, parts) in pairs {
      #expect(whole.type == parts.type)
      #expect(difference(whole.doubles, parts.doubles) <= tolerance)
    }
  }

  /// Operands are rounded first, so that only the result's rounding differs.
  @Test("computes in bf16 what it computes in f32, rounded", arguments: inBF16)
  func bf16(_ test: OpCase) throws {
    let rounded = test.sample.operandData(.bf16)
    guard rounded.contains(where: { $0.dtype == .bf16 }) else { return }
    let (graph, _) = try test.graph(.bf16)
    let (wide, _) = try test.graph(.f32)
    let exact = rounded.map { $0.dtype == .bf16 ? $0.converted(to: .f32) : $0 }
    let pairs = zip(try graph.evaluate(rounded), try wide.evaluate(exact))
    for (narrow, reference) in pairs {
      #expect(difference(narrow.doubles, reference.doubles) <= 1.0 / 64)
    }
  }

  /// All but those in which some operands are f32 whatever the others are, and a mask that flips where rounding moves what is
  /// masked across zero.
  static let inBF16 = OpCase.all.filter { test in
    let mixed: [any Op.Type] = [
      CrossEntropyGradient.self, QuantizedConv2D.self, QuantizedDense.self,
      FusedBatchNormGradient.self, QuantizedLSTMRecurrence.self,
    ]
    return !mixed.contains { $0 == test.op }
  }

  @Test("costs no less than nothing", arguments: OpCase.all)
  func cost(_ test: OpCase) throws {
    let (graph, operands) = try test.graph(.f32)
    let cost = graph.cost
    #expect(cost.flops >= 0)
    #expect(cost.bytesRead == operands.reduce(0) { $0 + $1.type.byteCount })
  }
}

/// An operation as an argument of a test.
struct OpType: Sendable, CustomTestStringConvertible {
  let type: any Op.Type
  var testDescription: String { type.name }
}

/// The largest difference relative to the largest magnitude, at least 1. NaN equals NaN.
func difference(_ a: [Double], _ b: [Double]) -> Double {
  guard a.count == b.count else { return .infinity }
  let magnitude = b.reduce(1) { $1.isFinite ? max($0, abs($1)) : $0 }
  return zip(a, b).reduce(0) { worst, pair in
    if pair.0 == pair.1 || (pair.0.isNaN && pair.1.isNaN) { return worst }
    let gap = abs(pair.0 - pair.1) / magnitude
    return gap.isNaN ? .infinity : max(worst, gap)
  }
}
