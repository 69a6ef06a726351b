import LeptonGraph
import LeptonOps
import LeptonValues
import Testing

@Suite("Losses")
struct LossTests {
  private func value(
    _ operands: [TensorData], _ loss: (inout GraphBuilder, [Value]) throws -> Value
  ) throws -> (loss: Double, gradient: TensorData) {
    var b = GraphBuilder()
    let inputs = operands.enumerated().map { b.input("\($0)", $1.type) }
    let result = try loss(&b, inputs)
    #expect(b.shape(of: result) == [])
    let one = try b.scalar(1, like: result)
    let gradient = try b.gradients(of: [(result, one)], withRespectTo: [inputs[0]])[0]
    b.output("loss", result)
    b.output("gradient", try #require(gradient))
    let outputs = try b.graph.evaluate(operands)
    return (outputs[0].doubles[0], outputs[1])
  }

  @Test("of classes is PyTorch's, for large logits too")
  func crossEntropy() throws {
    let logits = TensorData(sine([3, 4]).doubles.map { $0 * 50 }, as: TensorType(.f64, [3, 4]))
    let labels = TensorData([Int64(3), 0, 2], shape: [3])
    let result = try value([logits, labels]) { try $0.crossEntropy(logits: $1[0], labels: $1[1]) }
    #expect(abs(result.loss - 11.894948) < 1e-6)
    #expect(
      Golden(
        [3, 4], [0, 0, 5.18797788e-06, -5.18797872e-06, -0.0501951336, 0.0501818315], sum: 0,
        squares: 0.227259988
      ).matches(result.gradient))
  }

  @Test("of yes-no questions and of numbers are PyTorch's")
  func others() throws {
    let x = sine([3, 4])
    let targets = TensorData(sine([3, 4], 0.6).doubles.map { abs($0) }, as: x.type)
    let binary = try value([x, targets]) {
      try $0.binaryCrossEntropy(logits: $1[0], targets: $1[1])
    }
    #expect(abs(binary.loss - 0.660479756) < 1e-8)
    let squared = try value([x, targets]) { try $0.meanSquaredError($1[0], $1[1]) }
    #expect(abs(squared.loss - 0.384497614) < 1e-8)
  }

  @Test("is NaN where a label is none of the classes")
  func label() throws {
    let labels = TensorData([Int32(0), 3, -1], shape: [3])
    let losses = try applied(CrossEntropy(), [sine([3, 3]), labels]).results[0].doubles
    #expect(losses.map(\.isNaN) == [false, true, true])
  }

  @Test("refuses shapes that would broadcast")
  func shapes() {
    var b = GraphBuilder()
    let a = b.input("a", TensorType(.f32, [4, 1]))
    let c = b.input("c", TensorType(.f32, [4]))
    #expect(throws: LeptonError.self) { try b.meanSquaredError(a, c) }
  }
}
