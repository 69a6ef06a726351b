public import LeptonGraph
import LeptonValues

extension Conv2D {
  public static let onnxReaders: [String: ONNXReader] = [
    "Conv": { node, context in
      let (x, w) = (try node.input(0), try node.input(1))
      let (shape, weights) = (context.builder.shape(of: x), context.builder.shape(of: w))
      guard shape.rank == weights.rank, shape.rank > 2 else {
        throw node.error("weights \(weights) over an input \(shape)")
      }
      let window = try ONNXWindow(
        node, kernel: Array(weights[2...]), input: Array(shape[2...]))
      return [
        try context.convolution(
          x, w, bias: node.optionalInput(2), window, groups: node.int("group", default: 1))
      ]
    }
  ]

  public func writeONNX(_ node: Node, _ writer: inout ONNXWriter) throws {
    let weights = writer.type(of: node.operands[1]).shape
    writer.emit("Conv", for: node, onnxAttributes(kernel: [weights[2], weights[3]]))
  }

  func onnxAttributes(kernel: [Int]) -> [String: ONNXAttribute] {
    [
      "kernel_shape": .ints(kernel), "strides": .ints(strides), "pads": .ints(padding),
      "dilations": .ints(dilation), "group": .int(groups),
    ]
  }

  init(_ window: ONNXWindow, groups: Int) {
    self.init(
      strides: window.strides, padding: window.padding, dilation: window.dilation, groups: groups)
  }
}

extension ONNXReadContext {
  /// A convolution over any number of spatial axes. The windows of a third axis become channels,
  /// and its positions examples: `[N, C, D, H, W]` is convolved as `[N·D', C·k, H, W]`.
  mutating func convolution(
    _ x: Value, _ w: Value, bias: Value?, _ window: ONNXWindow, groups: Int
  ) throws -> Value {
    let (shape, weights) = (builder.shape(of: x), builder.shape(of: w))
    if window.rank == 1 {
      let lifted = try builder.add(one: Reshape([0, 0, 1, -1]), x)
      let kernel = try builder.add(one: Reshape([0, 0, 1, -1]), w)
      let y = try convolution(
        lifted, kernel, bias: bias, window.over([nil, 0]), groups: groups)
      return try builder.add(one: Reshape([0, 0, -1]), y)
    }
    guard window.rank > 2 else {
      let operands = [x, w] + [bias].compactMap { $0 }
      return try builder.add(Conv2D(window, groups: groups), operands)[0]
    }
    let inner = Array(shape[3...])
    let unfolded = try builder.unfolded(x, axis: 2, window.along(0))
    let count = builder.shape(of: unfolded)[3]
    let rest = inner.indices.map { $0 + 4 }
    let front = try builder.add(one: Transpose([0, 3, 1, 2] + rest), unfolded)
    let merged = try builder.add(
      one: Reshape([-1, shape[1] * weights[2]] + inner), front)
    let kernel = try builder.add(
      one: Reshape([0, weights[1] * weights[2]] + weights[3...]), w)
    let y = try convolution(
      merged, kernel, bias: bias, window.over(Array(1..<window.rank)), groups: groups)
    let result = Array(builder.shape(of: y)[1...])
    let split = try builder.add(one: Reshape([-1, count] + result), y)
    return try builder.add(one: Transpose([0, 2, 1] + inner.indices.map { $0 + 3 }), split)
  }
}
