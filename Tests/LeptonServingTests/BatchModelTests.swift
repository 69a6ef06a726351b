import Lepton
import LeptonGraph
import LeptonOps
import LeptonCompiler
import LeptonRuntime
import LeptonServing
import LeptonValues
import Testing

@Suite("A model for several requests at once")
struct BatchModelTests {
  private func compiled(_ model: Model, mostRows: Int = 8) throws -> BatchModel {
    try BatchModel(
      model, name: "m", mostRows: mostRows, precision: .f32, options: CompileOptions(threads: 1))
  }

  @Test("every request gets its own rows, however they are divided among runs")
  func rows() throws {
    let model = try compiled(doubling())
    for counts in [[1], [3], [1, 1, 1], [5, 2], [9, 1, 30], [8], [40]] {
      var next: Float = 0
      let requests = counts.map { count in
        let values = (0..<(2 * count)).map { _ -> Float in
          next += 1
          return next
        }
        return (rows: count, inputs: [TensorData(values, shape: [count, 2])])
      }
      let outputs = try model.run(requests)
      for (request, output) in zip(requests, outputs) {
        #expect(output[0].shape == [request.rows, 2])
        #expect(output[0].floats == request.inputs[0].floats.map { 2 * $0 })
      }
    }
  }

  @Test("a model whose answers depend on the other examples runs as it is")
  func dependent() throws {
    var b = GraphBuilder(name: "centred")
    let x = b.input("x", TensorType(.f32, [4, 2]))
    let mean = try b.add(one: Reduce(.mean, axes: [0], keepDims: true), x)
    b.output("y", try b.add(one: Subtract(), x, mean))
    let model = try compiled(Model(graph: b.graph, weights: [:]))
    #expect(!model.signature.isBatched)
    let input = TensorData((0..<8).map(Float.init), shape: [4, 2])
    #expect(try model.run([(1, [input])])[0][0].floats == [-3, -3, -1, -1, 1, 1, 3, 3])
  }

  @Test("a model whose first axis does not count examples runs as it is")
  func unbatched() throws {
    var b = GraphBuilder(name: "sum")
    let x = b.input("x", TensorType(.f32, [4, 2]))
    b.output("y", try b.add(one: Reduce(.sum, axes: [0], keepDims: false), x))
    let model = try compiled(Model(graph: b.graph, weights: [:]))
    #expect(!model.signature.isBatched)
    #expect(model.signature.inputs[0].shape == [4, 2])
    let input = TensorData((0..<8).map(Float.init), shape: [4, 2])
    #expect(try model.run([(1, [input])])[0][0].floats == [12, 16])
  }
}

@Suite("Figures for Prometheus")
struct MetricsTextTests {
  @Test("labels are escaped, buckets add up")
  func text() {
    var histogram = Histogram([1, 2])
    for value in [0.5, 1, 1.5, 9] { histogram.add(value) }
    var text = MetricsText()
    text.metric("a_total", .counter, "What it is.")
    text.sample("a_total", [("l", "x\"y\\z\n")], 3)
    text.histogram("h", [], histogram)
    #expect(
      text.text == """
        # HELP a_total What it is.
        # TYPE a_total counter
        a_total{l="x\\"y\\\\z\\n"} 3
        h_bucket{le="1.0"} 2
        h_bucket{le="2.0"} 3
        h_bucket{le="+Inf"} 4
        h_sum 12.0
        h_count 4

        """)
  }
}
