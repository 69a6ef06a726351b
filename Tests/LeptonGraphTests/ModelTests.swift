import LeptonGraph
import LeptonOps
import LeptonValues
import Testing

@Suite("A model")
struct ModelTests {
  private func model() throws -> Model {
    let graph = try Graph(
      parsing: """
        graph "g"
        %0 = input "x" : f32[8, 2, 2]
        %1 = parameter "w" : f32[4]
        %2 = reshape(%0) {shape: [0, -1]} : f32[8, 4]
        %3 = multiply(%2, %1) : f32[8, 4]
        output "y" %3
        """)
    return Model(
      graph: graph, weights: ["w": TensorData([1, 2, 3, 4] as [Float], shape: [4])])
  }

  @Test("counts its parameters and verifies")
  func verifies() throws {
    let model = try model()
    #expect(model.parameterCount == 4)
    try model.verify()
  }

  @Test("takes another batch size")
  func batch() throws {
    let one = try model().withBatch(1)
    try one.verify()
    #expect(one.graph.type(of: one.graph.outputs[0].value).shape == [1, 4])
  }

  @Test("says which weights are missing or do not fit")
  func weights() throws {
    var model = try model()
    model.weights["w"] = TensorData(zeros: TensorType(.f32, [5]))
    let other = #expect(throws: LeptonError.self) { try model.verify() }
    #expect(other?.what == "parameter 'w' is f32[5], the graph says f32[4]")
    model.weights = [:]
    let missing = #expect(throws: LeptonError.self) { try model.verify() }
    #expect(missing?.what == "parameter 'w' has no elements")
  }
}
