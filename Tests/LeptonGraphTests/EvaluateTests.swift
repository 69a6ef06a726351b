import LeptonGraph
import LeptonOps
import LeptonValues
import Testing

@Suite("Evaluating a graph")
struct EvaluateTests {
  static let text = """
    graph "g"
    %0 = input "x" : f32[2]
    %1 = state "total" : f32[2]
    %2 = add(%0, %1) : f32[2]
    %3 = exp(%0) : f32[2]
    output "y" %3
    output state "total" %2
    """

  @Test("answers one tensor for each output, in order")
  func outputs() throws {
    let graph = try Graph(parsing: Self.text)
    let x = TensorData([0, 1] as [Float], shape: [2])
    let total = TensorData([5, 5] as [Float], shape: [2])
    let results = try graph.evaluate([x, total])
    #expect(results[0].floats == [1, 2.7182817])
    #expect(results[1].floats == [5, 6])
    #expect(graph.dataOutputs.map(\.name) == ["y"])
    #expect(graph.residents.map(\.name) == ["total"])
  }

  @Test("refuses a wrong number or type of inputs")
  func inputs() throws {
    let graph = try Graph(parsing: Self.text)
    let x = TensorData([0, 1] as [Float], shape: [2])
    #expect(throws: LeptonError.self) { try graph.evaluate([x]) }
    let error = #expect(throws: LeptonError.self) {
      try graph.evaluate([x, x.converted(to: .f64)])
    }
    #expect(error?.description == "input total is f64[2]; give f32[2]")
  }

  @Test("costs are summed over nodes")
  func cost() throws {
    let cost = try Graph(parsing: Self.text).cost
    #expect(cost == Cost(flops: 4, bytesRead: 24, bytesWritten: 16))
  }
}
