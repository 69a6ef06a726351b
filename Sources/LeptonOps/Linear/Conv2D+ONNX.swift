public import LeptonGraph
import LeptonValues

extension Conv2D {
  public static let onnxReaders: [String: ONNXReader] = [
    "Conv": { node, context in
      let (x, w) = (try node.input(0), try node.input(1))
      let lifted = try context.lift(x, node)
      let weights = try context.lift(w, node)
      let (shape, kernel) = (
        context.builder.shape(of: lifted), context.builder.shape(of: weights)
      )
      let window = try ONNXWindow(
        node, kernel: [kernel[2], kernel[3]], input: [shape[2], shape[3]])
      let op = Conv2D(
        strides: window.strides, padding: window.padding, dilation: window.dilation,
        groups: node.int("group", default: 1))
      let operands = [lifted, weights] + [node.optionalInput(2)].compactMap { $0 }
      let y = try context.builder.add(op, operands)[0]
      return [try context.unlift(y, like: x)]
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
}
