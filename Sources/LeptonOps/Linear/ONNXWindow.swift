import LeptonGraph
import LeptonValues

/// The window of an ONNX convolution or pool, in two dimensions: a one-dimensional one gets a
/// height of 1.
struct ONNXWindow {
  var kernel: [Int]
  var strides: [Int]
  /// Top, left, bottom, right.
  var padding: [Int]
  var dilation: [Int]
  /// How much of the padding below and on the right is only there to complete a last window.
  var overhang = [0, 0]

  /// - Parameters:
  ///   - kernel: height and width.
  ///   - input: height and width of the input, for automatic padding.
  init(_ node: ONNXNode, kernel: [Int], input: [Int]) throws {
    try self.init(node, kernel: kernel)
    try pad(node) { axis, stride, span in
      let count = (input[axis] + stride - 1) / stride
      return max(0, (count - 1) * stride + span - input[axis])
    }
  }

  /// The window and the result's height and width of a ConvTranspose.
  static func transposed(
    _ node: ONNXNode, kernel: [Int], input: [Int]
  ) throws -> (window: ONNXWindow, extents: [Int]) {
    var window = try ONNXWindow(node, kernel: kernel)
    let more = try expand(node, "output_padding", fill: 0) ?? [0, 0]
    let wanted = try expand(node, "output_shape", fill: 1)
    func full(_ axis: Int, _ stride: Int, _ span: Int) -> Int {
      (input[axis] - 1) * stride + span + more[axis]
    }
    if let wanted {
      for axis in 0..<2 {
        let total = max(0, full(axis, window.strides[axis], window.span(axis)) - wanted[axis])
        let half = total / 2
        let upperFirst = node.string("auto_pad", default: "NOTSET") != "SAME_UPPER"
        window.padding[axis] = upperFirst ? total - half : half
        window.padding[axis + 2] = total - window.padding[axis]
      }
      return (window, wanted)
    }
    try window.pad(node) { axis, stride, span in
      max(0, full(axis, stride, span) - input[axis] * stride)
    }
    let extents = (0..<2).map { axis in
      full(axis, window.strides[axis], window.span(axis)) - window.padding[axis]
        - window.padding[axis + 2]
    }
    return (window, extents)
  }

  private init(_ node: ONNXNode, kernel: [Int]) throws {
    self.kernel = kernel
    strides = try Self.expand(node, "strides", fill: 1) ?? [1, 1]
    dilation = try Self.expand(node, "dilations", fill: 1) ?? [1, 1]
    padding = [0, 0, 0, 0]
  }

  /// Explicit padding, or as much in total as `auto_pad` asks for.
  private mutating func pad(
    _ node: ONNXNode, total: (_ axis: Int, _ stride: Int, _ span: Int) -> Int
  ) throws {
    switch node.string("auto_pad", default: "NOTSET") {
    case "VALID": return
    case "NOTSET", "": padding = try Self.explicitPadding(node)
    case "SAME_UPPER": spread { $0 / 2 }
    case "SAME_LOWER": spread { ($0 + 1) / 2 }
    case let other: throw node.error("auto_pad '\(other)' is unknown")
    }
    func spread(_ low: (Int) -> Int) {
      for axis in 0..<2 {
        let total = total(axis, strides[axis], span(axis))
        padding[axis] = low(total)
        padding[axis + 2] = total - low(total)
      }
    }
  }

  private func span(_ axis: Int) -> Int { (kernel[axis] - 1) * dilation[axis] + 1 }

  private static func explicitPadding(_ node: ONNXNode) throws -> [Int] {
    guard let pads = node.ints("pads") else { return [0, 0, 0, 0] }
    switch pads.count {
    case 2: return [0, pads[0], 0, pads[1]]
    case 4: return pads
    default: throw node.error("pads \(pads) are not for 1 or 2 dimensions")
    }
  }

  /// One number for each spatial dimension, as height and width.
  private static func expand(_ node: ONNXNode, _ name: String, fill: Int) throws -> [Int]? {
    guard let values = node.ints(name) else { return nil }
    switch values.count {
    case 1: return [fill, values[0]]
    case 2: return values
    default:
      throw node.error(
        "\(name) \(values) are not for 1 or 2 dimensions", fix: "1 and 2 are supported")
    }
  }
}

extension ONNXReadContext {
  /// `[N, C, L]` as `[N, C, 1, L]`; `[N, C, H, W]` as it is.
  mutating func lift(_ value: Value, _ node: ONNXNode) throws -> Value {
    switch builder.shape(of: value).rank {
    case 3: return try builder.add(one: Reshape([0, 0, 1, -1]), value)
    case 4: return value
    case let rank:
      throw node.error(
        "an operand has \(rank) axes", fix: "1 and 2 spatial dimensions are supported")
    }
  }

  /// Undoes `lift` where it was needed for `original`.
  mutating func unlift(_ value: Value, like original: Value) throws -> Value {
    builder.shape(of: original).rank == 3
      ? try builder.add(one: Reshape([0, 0, -1]), value) : value
  }
}
