public import LeptonGraph
import LeptonOps
import LeptonValues

/// The order of a picture's three colours along the axis of channels.
public enum ChannelOrder: String, Sendable, Hashable, CaseIterable {
  case rgb
  case bgr
}

extension Model {
  /// The same network on images as they are stored: `u8[N, C, H, W]`, 0...255. Its first nodes then
  /// cast and compute `(x - mean) / std`, and bring channels to the last axis where the network has
  /// them there.
  ///
  /// - Parameters:
  ///   - mean: one for each channel, or one for all, in units of 0...255.
  ///   - std: the standard deviation, likewise.
  ///   - order: that of the colours which the network expects, and the statistics are in; images as
  ///     they are stored begin with red.
  /// - Throws: `LeptonError` of kind `badInput` where the model takes no images, or not so many
  ///   channels.
  public func withImagePreprocessing(
    mean: [Double], std: [Double], order: ChannelOrder = .rgb
  ) throws -> Model {
    guard let port = graph.dataInputs.first, graph.dataInputs.count == 1 else {
      throw LeptonError(
        .badInput, "preprocessing needs a model with one input, \(graph.name) has several")
    }
    let type = graph.type(of: port.value)
    guard type.shape.rank == 4, type.dtype.isFloatingPoint else {
      throw LeptonError(
        .badInput, "input '\(port.name)' is \(type)", fix: "images are f32[N, C, H, W]")
    }
    let hasChannelsLast = type.shape[1] > 4 && [1, 3].contains(type.shape[3])
    let channels = type.shape[hasChannelsLast ? 3 : 1]
    let stored = TensorType(
      .u8,
      hasChannelsLast ? [type.shape[0], channels, type.shape[1], type.shape[2]] : type.shape)
    for (values, what) in [(mean, "means"), (std, "standard deviations")]
    where values.count != channels && values.count != 1 {
      throw LeptonError(
        .badInput, "\(values.count) \(what) for \(channels) channels of input '\(port.name)'",
        fix: "give one for each channel, or one for all")
    }
    guard order == .rgb || channels == 3 else {
      throw LeptonError(
        .badInput, "input '\(port.name)' has \(channels) channels, which are not in the order bgr")
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
        b.input(input.name, input == port ? stored : own, role: input.role))
    }
    let position = graph.inputs.firstIndex(of: port)!
    func constant(_ values: [Double]) throws -> Value {
      let shape = Shape([values.count, 1, 1])
      return try b.constant(TensorData(values, as: TensorType(type.dtype, shape)))
    }
    if order == .bgr {
      let reversed = try b.constant(TensorData([2, 1, 0] as [Int64], shape: [3]))
      operands[position] = try b.add(one: Gather(axis: 1), operands[position], reversed)
    }
    let cast = try b.add(one: Cast(to: type.dtype), operands[position])
    let centred = try b.add(one: Subtract(), cast, constant(mean))
    let scaled = try b.add(one: Multiply(), centred, constant(std.map { 1 / $0 }))
    operands[position] =
      hasChannelsLast ? try b.add(one: Transpose([0, 2, 3, 1]), scaled) : scaled
    b.scope = ""
    let outputs = try b.inline(graph, operands)
    for (output, value) in zip(graph.outputs, outputs) {
      b.output(output.name, value, role: output.role)
    }
    var facts = facts
    if hasChannelsLast, let open = facts.openExtents[port.name] {
      facts.openExtents[port.name] = Dictionary(
        uniqueKeysWithValues: open.map { axis, symbol in (axis + 1, symbol) })
    }
    return Model(graph: b.graph, weights: weights, facts: facts)
  }
}
