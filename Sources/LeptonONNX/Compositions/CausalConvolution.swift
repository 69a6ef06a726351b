import LeptonGraph
import LeptonOps
import LeptonValues

/// A convolution of each channel by itself along time, `[N, C, L]`, that sees nothing ahead; what it
/// will still need of the past comes out as a state.
extension Compositions {
  static let readCausalConvWithState: ONNXReader = { node, context in
    try node.allow(["activation"])
    let activation = try node.choice("activation", of: ["none", "silu", "swish"], default: "none")
    let (x, weight) = (try node.input(0), try node.input(1))
    let (shape, kernel) = (context.shape(of: x), context.shape(of: weight))
    guard shape.rank == 3, kernel.rank == 3, kernel[0] == shape[1], kernel[1] == 1, kernel[2] > 0
    else {
      throw node.error(
        "weights \(kernel) do not fit \(shape)", fix: "they are [channels, 1, taps]")
    }
    let memory = kernel[2] - 1
    let padded: Value
    if let past = node.optionalInput(3) {
      try node.require(context.shape(of: past), [shape[0], shape[1], memory], "past_state")
      padded = memory == 0 ? x : try context.joined([past, x], axis: 2)
    } else {
      padded = memory == 0 ? x : try context.add(Pad(low: [0, 0, memory], high: [0, 0, 0]), x)
    }
    var operands = [
      try context.reshaped(padded, [0, 0, 1, -1]), try context.reshaped(weight, [0, 1, 1, -1]),
    ]
    if let bias = node.optionalInput(2) { operands.append(bias) }
    let convolved = try context.builder.add(Conv2D(groups: shape[1]), operands)[0]
    var y = try context.reshaped(convolved, [0, 0, -1])
    if activation != "none" { y = try context.add(Silu(), y) }
    let end = context.shape(of: padded)[2]
    return [y, try context.part(padded, end - memory..<end, axis: 2)]
  }
}
