import LeptonGraph
import LeptonOps
import LeptonValues
import Testing

/// One sample of one operation, as an argument of the conformance suite.
struct OpCase: Sendable, CustomTestStringConvertible {
  let op: any Op.Type
  let index: Int

  var sample: Sample { op.samples[index] }
  var testDescription: String { "\(op.name) #\(index)" }

  /// f64, or f32 where the operation takes no other.
  var widest: DType {
    let types = sample.operandData(.f64).map(\.type)
    return (try? sample.op.resultTypes(of: types)) == nil ? .f32 : .f64
  }

  static let all = OpSet.all.flatMap { op in
    op.samples.indices.map { OpCase(op: op, index: $0) }
  }

  static let differentiable = all.filter(\.sample.differentiable)
  static let composite = all.filter { $0.sample.op is any CompositeOp }

  /// A graph of this one operation, its operands as inputs `0`, `1`, ...
  func graph(_ dtype: DType) throws -> (graph: Graph, operands: [TensorData]) {
    let operands = sample.operandData(dtype)
    var b = GraphBuilder(name: op.name)
    let inputs = operands.enumerated().map { b.input("\($0)", $1.type) }
    for (index, result) in try b.add(sample.op, inputs).enumerated() {
      b.output("\(index)", result)
    }
    return (b.graph, operands)
  }
}
