import Lepton
import LeptonData
import LeptonGraph
import LeptonOps
import LeptonServing
import LeptonValues
import Testing

@Suite("What a model takes")
struct ModelInputTests {
  private func model(_ type: TensorType) throws -> Model {
    try Sequential { Flatten() }.model(input: type, name: "flat", seed: 1)
  }

  @Test("a model of rows takes a table")
  func rows() throws {
    let input = try ModelInput(model(TensorType(.f32, [1, 4])))
    #expect(input.isTable && !input.isImage)
    #expect(input.exampleShape == [4])
  }

  @Test("any other model takes tensors of its own type, and no pictures")
  func tensors() throws {
    for type in [TensorType(.f32, [1, 1, 8, 8]), TensorType(.f32, [1, 3, 4])] {
      let input = try ModelInput(model(type))
      #expect(!input.isTable && !input.isImage)
      #expect(input.dataOptions.tensors == .f32)
      #expect(input.dataOptions.classCount == type.shape.elementCount)
      var files = InputFiles(input)
      #expect(throws: LeptonError.self) { try files.add("picture.png") }
    }
  }

  @Test("a model whose input has no examples takes nothing")
  func scalar() throws {
    var b = GraphBuilder(name: "double")
    let x = b.input("x", TensorType(.f32, []))
    b.output("y", try b.add(one: Add(), x, x))
    let model = Model(graph: b.graph, weights: [:])
    #expect(throws: LeptonError.self) { try ModelInput(model) }
  }
}
