public import LeptonGraph
import LeptonOps
import LeptonValues

extension Model {
  /// The same network on images as they are stored: `u8[N, C, H, W]`, 0...255. Its first nodes then
  /// cast and compute `(x - mean) / std`.
  ///
  /// - Parameters:
  ///   - mean: one for each channel, or one for all, in units of 0...255.
  ///   - std: the standard deviation, likewise.
  /// - Throws: `LeptonError` of kind `badInput` where the model takes no images, or not so many
  ///   channels.
  public func withImagePreprocessing(mean: [Double], std: [Double]) throws -> Model {
    guard let port = graph.dataInputs.first, graph.dataInputs.count == 1 else {
      throw LeptonError(
        .badInput, "preprocessing needs a model with one input, \(graph.name) has several")
    }
    let type = graph.type(of: port.value)
    guard type.shape.rank == 4, type.dtype.isFloatingPoint else {
      throw LeptonError(
        .badInput, "input '\(port.name)' is \(type)", fix: "images are f32[N, C, H, W]")
    }
    let channels = type.shape[1]
    for (values, what) in [(mean, "means"), (std, "standard deviations")]
    where values.count != channels && values.count != 1 {
      throw LeptonError(
        .badInput, "\(values.count) \(what) for \(channels) channels of input '\(port.name)'",
        fix: "give one for each channel, or one for all")
    }
    guard std.allSatisfy({ $0 > 0 }) else {
      throw LeptonError(.badInput, "a standard deviation is not positive: \(std)")
    }

    var b = GraphBuilder(name: graph.name)
    b.scope = "preprocessing"
    var operands: [Value] = []
    for input in graph.inputs {
      let own = graph.type(of: input.value)
      operands.append(
        b.input(input.name, input == port ? own.with(dtype: .u8) : own, role: input.role))
    }
    let position = graph.inputs.firstIndex(of: port)!
    func constant(_ values: [Double]) throws -> Value {
      let shape = Shape([values.count, 1, 1])
      return try b.constant(TensorData(values, as: TensorType(type.dtype, shape)))
    }
    let cast = try b.add(one: Cast(to: type.dtype), operands[position])
    let centred = try b.add(one: Subtract(), cast, constant(mean))
    operands[position] = try b.add(one: Multiply(), centred, constant(std.map { 1 / $0 }))
    b.scope = ""
    let outputs = try b.inline(graph, operands)
    for (output, value) in zip(graph.outputs, outputs) {
      b.output(output.name, value, role: output.role)
    }
    return Model(graph: b.graph, weights: weights, facts: facts)
  }
}
