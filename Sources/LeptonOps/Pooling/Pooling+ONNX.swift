public import LeptonGraph
import LeptonValues

extension MaxPool2D {
  public static let onnxReaders: [String: ONNXReader] = [
    "MaxPool": { node, context in
      guard node.outputCount <= 1 else {
        throw node.error("the positions of the maxima are not supported")
      }
      return try context.pool(node) { window in
        MaxPool2D(
          kernel: window.kernel, strides: window.strides, padding: window.padding,
          dilation: window.dilation)
      }
    }
  ]

  public func writeONNX(_ node: Node, _ writer: inout ONNXWriter) throws {
    writer.emit(
      "MaxPool", for: node,
      [
        "kernel_shape": .ints(kernel), "strides": .ints(strides), "pads": .ints(padding),
        "dilations": .ints(dilation),
      ])
  }
}

extension AveragePool2D {
  public static let onnxReaders: [String: ONNXReader] = [
    "AveragePool": { node, context in
      let includesPadding = node.int("count_include_pad", default: 0) != 0
      return try context.pool(node) { window in
        guard window.dilation == [1, 1] else {
          throw node.error("dilation is not supported")
        }
        return AveragePool2D(
          kernel: window.kernel, strides: window.strides, padding: window.padding,
          countIncludesPadding: includesPadding && window.overhang == [0, 0])
      }
    }
  ]

  public func writeONNX(_ node: Node, _ writer: inout ONNXWriter) throws {
    writer.emit(
      "AveragePool", for: node,
      [
        "kernel_shape": .ints(kernel), "strides": .ints(strides), "pads": .ints(padding),
        "count_include_pad": .int(countIncludesPadding ? 1 : 0),
      ])
  }
}

extension ONNXReadContext {
  /// Reads a pool of one or two dimensions.
  fileprivate mutating func pool(
    _ node: ONNXNode, _ op: (ONNXWindow) throws -> any Op
  ) throws -> [Value] {
    let x = try node.input(0)
    let lifted = try lift(x, node)
    let shape = builder.shape(of: lifted)
    guard let kernel = node.ints("kernel_shape"), (1...2).contains(kernel.count) else {
      throw node.error("kernel_shape must be 1 or 2 numbers")
    }
    var window = try ONNXWindow(
      node, kernel: kernel.count == 1 ? [1] + kernel : kernel, input: [shape[2], shape[3]])
    if node.int("ceil_mode", default: 0) != 0 { window.roundUp(input: [shape[2], shape[3]]) }
    let operand = try padded(lifted, node, &window)
    return [try unlift(builder.add(op(window), [operand])[0], like: x)]
  }

  /// Where a mean counts padding but not what a last window has beyond it, padding becomes elements.
  private mutating func padded(
    _ x: Value, _ node: ONNXNode, _ window: inout ONNXWindow
  ) throws -> Value {
    guard node.int("count_include_pad", default: 0) != 0, window.overhang != [0, 0] else {
      return x
    }
    let (padding, overhang) = (window.padding, window.overhang)
    window.padding = [0, 0] + overhang
    let low = [0, 0] + padding[..<2]
    let high = [0, 0, padding[2] - overhang[0], padding[3] - overhang[1]]
    return (low + high).allSatisfy { $0 == 0 }
      ? x : try builder.add(one: Pad(low: low, high: high), x)
  }
}

extension ONNXWindow {
  /// Pads below and on the right so that the last, incomplete window counts, unless it would see
  /// padding only.
  fileprivate mutating func roundUp(input: [Int]) {
    for axis in 0..<2 {
      let span = (kernel[axis] - 1) * dilation[axis] + 1
      let room = input[axis] + padding[axis] + padding[axis + 2] - span
      guard room >= 0 else { continue }
      var last = (room + strides[axis] - 1) / strides[axis] * strides[axis]
      if last >= input[axis] + padding[axis] { last -= strides[axis] }
      overhang[axis] = max(0, last - room)
      padding[axis + 2] += overhang[axis]
    }
  }
}
