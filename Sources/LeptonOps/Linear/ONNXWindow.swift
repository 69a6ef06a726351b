package import LeptonGraph
import LeptonValues

/// The window of an ONNX convolution or pool over any number of spatial axes.
package struct ONNXWindow {
  package var kernel: [Int]
  package var strides: [Int]
  package var dilation: [Int]
  /// Padding before the first and behind the last element.
  package var low: [Int]
  package var high: [Int]
  /// How much of `high` is only there to complete a last window.
  package var overhang: [Int]

  package var rank: Int { kernel.count }
  /// As the two-dimensional operations take it: top, left, bottom, right.
  package var padding: [Int] { low + high }

  /// - Parameters:
  ///   - kernel: the extents of the window.
  ///   - input: the spatial extents of the input, for automatic padding.
  package init(_ node: ONNXNode, kernel: [Int], input: [Int]) throws {
    try self.init(node, kernel: kernel)
    guard input.count == rank else {
      throw node.error("a window of \(rank) axes over an input of \(input.count)")
    }
    try pad(node) { axis, stride, span in
      let count = (input[axis] + stride - 1) / stride
      return max(0, (count - 1) * stride + span - input[axis])
    }
  }

  /// The window and the spatial extents of the result of a ConvTranspose.
  package static func transposed(
    _ node: ONNXNode, kernel: [Int], input: [Int]
  ) throws -> (window: ONNXWindow, extents: [Int]) {
    var window = try ONNXWindow(node, kernel: kernel)
    let more = try window.numbers(node, "output_padding") ?? kernel.map { _ in 0 }
    func full(_ axis: Int, _ stride: Int, _ span: Int) -> Int {
      (input[axis] - 1) * stride + span + more[axis]
    }
    if var wanted = node.ints("output_shape") {
      if wanted.count == kernel.count + 2 { wanted.removeFirst(2) }
      guard wanted.count == kernel.count else {
        throw node.error("output_shape \(wanted) is not for \(kernel.count) dimensions")
      }
      for axis in kernel.indices {
        let total = max(0, full(axis, window.strides[axis], window.span(axis)) - wanted[axis])
        let half = total / 2
        let upperFirst = node.string("auto_pad", default: "NOTSET") != "SAME_UPPER"
        window.low[axis] = upperFirst ? total - half : half
        window.high[axis] = total - window.low[axis]
      }
      return (window, wanted)
    }
    try window.pad(node) { axis, stride, span in
      max(0, full(axis, stride, span) - input[axis] * stride)
    }
    let extents = kernel.indices.map { axis in
      full(axis, window.strides[axis], window.span(axis)) - window.low[axis] - window.high[axis]
    }
    return (window, extents)
  }

  /// Larger numbers are no network, and their products no integers.
  private static let largest = 1 << 24

  private init(_ node: ONNXNode, kernel: [Int]) throws {
    self.kernel = kernel
    (low, high) = (kernel.map { _ in 0 }, kernel.map { _ in 0 })
    (strides, dilation, overhang) = (kernel.map { _ in 1 }, kernel.map { _ in 1 }, low)
    if let given = node.ints("kernel_shape"), given != kernel {
      throw node.error("kernel_shape \(given) is not that of the weights, \(kernel)")
    }
    strides = try numbers(node, "strides") ?? strides
    dilation = try numbers(node, "dilations") ?? dilation
    guard (kernel + strides + dilation).allSatisfy({ 1...Self.largest ~= $0 }) else {
      throw node.error(
        "kernel \(kernel), strides \(strides), dilations \(dilation)",
        fix: "they are 1 to \(Self.largest)")
    }
  }

  /// Explicit padding, or as much in total as `auto_pad` asks for.
  private mutating func pad(
    _ node: ONNXNode, total: (_ axis: Int, _ stride: Int, _ span: Int) -> Int
  ) throws {
    switch node.string("auto_pad", default: "NOTSET") {
    case "VALID": return
    case "NOTSET", "":
      guard let pads = node.ints("pads"), !pads.isEmpty else { return }
      guard pads.count == 2 * rank else {
        throw node.error("pads \(pads) are not for \(rank) dimensions")
      }
      (low, high) = (Array(pads[..<rank]), Array(pads[rank...]))
    case "SAME_UPPER": spread { $0 / 2 }
    case "SAME_LOWER": spread { ($0 + 1) / 2 }
    case let other: throw node.error("auto_pad '\(other)' is unknown")
    }
    func spread(_ first: (Int) -> Int) {
      for axis in kernel.indices {
        let total = total(axis, strides[axis], span(axis))
        low[axis] = first(total)
        high[axis] = total - first(total)
      }
    }
  }

  /// Pads behind so that the last, incomplete window along each axis counts, unless it would begin
  /// in the padding.
  package mutating func roundUp(input: [Int]) {
    for axis in kernel.indices {
      let room = input[axis] + low[axis] + high[axis] - span(axis)
      guard room > -strides[axis] else { continue }
      var last = (room + strides[axis] - 1) / strides[axis] * strides[axis]
      if last >= input[axis] + low[axis] { last -= strides[axis] }
      overhang[axis] = max(0, last - room)
      high[axis] += overhang[axis]
    }
  }

  /// From the first to the last element that the window sees.
  package func span(_ axis: Int) -> Int { (kernel[axis] - 1) * dilation[axis] + 1 }

  /// Whether every window sees one element, and every element is seen by one.
  package func isIdentity(_ axis: Int) -> Bool {
    kernel[axis] == 1 && strides[axis] == 1 && low[axis] == 0 && high[axis] == 0
  }

  /// How the windows lie along one axis.
  package func along(_ axis: Int) -> WindowAxis {
    WindowAxis(
      kernel: kernel[axis], stride: strides[axis], dilation: dilation[axis], low: low[axis],
      high: high[axis])
  }

  /// The window over some of the axes only; nil is an axis of extent 1.
  package func over(_ axes: [Int?]) -> ONNXWindow {
    var part = self
    func pick(_ numbers: [Int], _ fill: Int) -> [Int] {
      axes.map { $0.map { numbers[$0] } ?? fill }
    }
    (part.kernel, part.strides) = (pick(kernel, 1), pick(strides, 1))
    (part.dilation, part.overhang) = (pick(dilation, 1), pick(overhang, 0))
    (part.low, part.high) = (pick(low, 0), pick(high, 0))
    return part
  }

  /// One number for each spatial axis.
  private func numbers(_ node: ONNXNode, _ name: String) throws -> [Int]? {
    guard let values = node.ints(name), !values.isEmpty else { return nil }
    guard values.count == rank else {
      throw node.error("\(name) \(values) are not for \(rank) dimensions")
    }
    return values
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
