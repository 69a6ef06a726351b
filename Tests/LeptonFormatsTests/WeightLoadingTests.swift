import LeptonGraph
import LeptonOps
import LeptonValues
import Testing

import LeptonFormats

@Suite("Weights into a model") struct WeightLoadingTests {
  static func model() throws -> Model {
    var b = GraphBuilder(name: "m")
    let x = b.input("x", TensorType(.f32, [2, 3]))
    let w = b.input("w", TensorType(.f32, [4, 3]), role: .parameter)
    let bias = b.input("b", TensorType(.f32, [4]), role: .parameter)
    b.output("y", try b.add(one: Add(), b.add(one: MatMul(transposeB: true), x, w), bias))
    return Model(
      graph: b.graph,
      weights: [
        "w": TensorData(zeros: TensorType(.f32, [4, 3])),
        "b": TensorData(zeros: TensorType(.f32, [4])),
      ])
  }

  @Test("Tensors of the same names and shapes take the place of the model's, in its type")
  func whole() throws {
    let weights = WeightSet([
      "w": TensorData((0..<12).map(Double.init), as: TensorType(.f64, [4, 3])),
      "b": TensorData([1, 2, 3, 4], as: TensorType(.bf16, [4])),
    ])
    let model = try Self.model().loading(weights)
    #expect(model.weights["w"]?.floats == (0..<12).map(Float.init))
    #expect(model.weights["b"]?.dtype == .f32)
  }

  @Test("Each tensor that is missing, unexpected or misshapen is named")
  func complaints() throws {
    let weights = WeightSet([
      "w": TensorData(zeros: TensorType(.f32, [4, 2])), "c": TensorData(scalar: Float(1)),
    ])
    let error = #expect(throws: LeptonError.self) { try Self.model().loading(weights) }
    let what = try #require(error).what
    #expect(what.contains("1 missing in the file: b"))
    #expect(what.contains("1 not in the model: c"))
    #expect(what.contains("w: f32[4, 3] in the model, f32[4, 2] in the file"))
    #expect(throws: LeptonError.self) { try Self.model().loading(weights, partial: true) }
  }

  @Test("What fits is taken where that is asked for")
  func partial() throws {
    let weights = WeightSet(["b": TensorData([1, 2, 3, 4] as [Float], shape: [4])])
    let model = try Self.model().loading(weights, partial: true)
    #expect(model.weights["b"]?.floats == [1, 2, 3, 4] && model.weights["w"]?.floats.max() == 0)
  }
}
