import Foundation
import LeptonGraph
import LeptonONNX
import LeptonValues
import Testing

/// Graphs whose shapes depend on the elements of an input.
@Suite("A graph read for particular feeds")
struct SpecializationTests {
  static let file = ONNXModelProto.fixture { model in
    model.graph.input = [
      .tensor("x", dims: ["n", "3"]), .tensor("shape", dims: ["2"], elements: 7),
    ]
    model.graph.initializer = []
    model.graph.node = [.make("Reshape", ["x", "shape"], ["y"])]
  }

  @Test("without them the error names the inputs that would have to be known")
  func unknown() throws {
    let error = try #require(throws: LeptonError.self) { try Self.file.imported() }
    #expect(error.kind == .badInput)
    #expect(error.description.contains("'shape'"), "\(error)")
    #expect(error.place.contains("Reshape"), "\(error)")
  }

  @Test("inputs that decide a shape become constants, and only these")
  func bound() throws {
    let x = TensorData((0..<6).map { Float($0) }, shape: [2, 3])
    let shape = TensorData([3, 2] as [Int64], shape: [2])
    let read = try ONNXImporter().specialized(
      from: Self.file.serialized(), to: ["x": .tensor(x), "shape": .tensor(shape)])
    #expect(read.bound == ["shape"])
    #expect(read.model.graph.dataInputs.map(\.name) == ["x"])
    #expect(try read.model.evaluate(["x": x])[0].shape == [3, 2])
  }

  @Test("a feed of another type is refused")
  func types() throws {
    let x = TensorData((0..<6).map { Float($0) }, shape: [2, 3])
    let shape = TensorData([3, 2] as [Int32], shape: [2])
    let error = try #require(throws: LeptonError.self) {
      try ONNXImporter().specialized(
        from: Self.file.serialized(), to: ["x": .tensor(x), "shape": .tensor(shape)])
    }
    #expect(error.description.contains("'shape' is i32[2]; give i64[2]"), "\(error)")
  }

  @Test("half precision goes in and out, and is computed in single precision")
  func half() throws {
    let file = ONNXModelProto.fixture { model in
      model.graph.input = [.tensor("x", dims: ["3"], elements: 10)]
      model.graph.output = [.tensor("y", dims: ["3"], elements: 10)]
      model.graph.initializer = [
        ONNXTensorProto(
          TensorData([0.5, 0.5, 2] as [Double], as: TensorType(.f16, [3])), name: "w")
      ]
    }
    let model = try file.imported()
    #expect(model.weights["w"]?.dtype == .f32)
    let x = TensorData([1, 2048, 65504] as [Double], as: TensorType(.f16, [3]))
    let y = try model.evaluate(["x": x])[0]
    #expect(y.dtype == .f16)
    // 2048.5 lies between two numbers of half precision.
    #expect(y.doubles == [1.5, 2048, 65504])
  }
}
