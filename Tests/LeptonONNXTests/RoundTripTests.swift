import Foundation
import LeptonGraph
import LeptonONNX
import LeptonOps
import LeptonValues
import Testing

/// Every sample of every operation, written as a file and read back, computes what it did.
struct RoundTripTests {
  @Test(
    "a sample survives being a file of each operator set", arguments: SampleFile.all,
    [13, 15, 16, 17, 18, 19, 20, 21, 22, 24, 26, 28])
  func survives(sample: SampleFile, opset: Int) throws {
    let exporter = ONNXExporter(opset: opset)
    if Self.since(sample.graph) > opset {
      #expect(throws: LeptonError.self) { try exporter.data(of: sample.model) }
      return
    }
    let operands = sample.operands
    let expected = try sample.graph.lowered(for: .inference).evaluate(operands)
    let data = try exporter.data(of: sample.model)
    let model = try ONNXImporter(batch: sample.batch).model(from: data)
    #expect(model.graph.dataInputs.map(\.name) == sample.graph.dataInputs.map(\.name))
    let actual = try model.graph.evaluate(operands)
    for (actual, expected) in zip(actual, expected) {
      expectClose(actual, expected, "\(sample)", tolerance: 1e-6)
    }
  }

  /// The first operator set that can say an operation and its types.
  private static func since(_ graph: Graph) -> Int {
    let operation =
      switch graph.nodes[0].op {
      case let op as ScatterND where op.reduction != .none:
        [.add, .mul].contains(op.reduction) ? 16 : 18
      case is ScatterAdd: 16
      case is any BitwiseOp, is BitwiseNot: 18
      case let op as Pad where op.mode == .wrap: 19
      case let op as Resize2D where op.coordinates == .halfPixelSymmetric: 19
      case let op as Cast where op.rounding != nil: 24
      case let op as Cast where op.saturates != nil: 19
      case is BitCast: 26
      case is BitShift where !graph.type(of: graph.nodes[0].result).dtype.isUnsigned: 28
      case let op as any PlainONNXOp: type(of: op).onnxSince(of: graph.types[0].dtype)
      default: 13
      }
    return max(operation, graph.types.map(\.dtype.onnxSince).max()!)
  }

  @Test("there are samples to try")
  func samples() { #expect(SampleFile.all.count > 100) }
}

/// One sample as a model whose operands are data inputs.
struct SampleFile: CustomStringConvertible, Sendable {
  let graph: Graph
  let operands: [TensorData]
  let description: String

  init(_ sample: Sample, _ number: Int) throws {
    operands = sample.operandData()
    description = "\(sample.op.name).\(number)"
    var b = GraphBuilder(name: sample.op.name)
    let inputs = operands.enumerated().map { b.input("x\($0.offset)", $0.element.type) }
    for (index, value) in try b.add(sample.op, inputs).enumerated() { b.output("y\(index)", value) }
    graph = b.graph
  }

  var model: Model { Model(graph: graph, weights: [:]) }

  /// Examples at once, should the file leave that open.
  var batch: Int { operands.first { $0.shape.rank > 0 }?.shape[0] ?? 1 }

  /// In a file, an extent of 0 says that it is open; samples without elements are left out.
  private var hasElements: Bool { operands.allSatisfy { $0.elementCount > 0 } }

  static let all: [SampleFile] = OpSet.all.flatMap { operation in
    operation.samples.enumerated().filter(\.element.onnx).compactMap { number, sample in
      try? SampleFile(sample, number)
    }
  }.filter(\.hasElements)
}
