public import LeptonGraph
import LeptonValues

extension MaxPool2D {
  public static let onnxReaders: [String: ONNXReader] = [
    "MaxPool": { node, context in
      let x = try node.input(0)
      let window = try context.poolWindow(node)
      let y = try context.pooled(x, window) { context, plane, window in
        try context.builder.add(one: MaxPool2D(window), plane)
      }
      if node.outputCount < 2 { return [y] }
      let isColumnMajor = node.int("storage_order", default: 0) != 0
      return [y, try context.winners(x, window, columnMajor: isColumnMajor, node)]
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

  fileprivate init(_ window: ONNXWindow) {
    self.init(
      kernel: window.kernel, strides: window.strides, padding: window.padding,
      dilation: window.dilation)
  }
}

extension AveragePool2D {
  public static let onnxReaders: [String: ONNXReader] = [
    "AveragePool": { node, context in
      let includesPadding = node.int("count_include_pad", default: 0) != 0
      let window = try context.poolWindow(node)
      return [
        try context.mean(
          node.input(0), window, over: includesPadding ? .elementsAndPadding : .elements)
      ]
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

/// Pools over any number of spatial axes. Maxima and means are separable: those of a window are
/// those along one axis of those along the others.
extension ONNXReadContext {
  /// The window that a pool node states.
  package func poolWindow(_ node: ONNXNode) throws -> ONNXWindow {
    let shape = builder.shape(of: try node.input(0))
    guard let kernel = node.ints("kernel_shape"), shape.rank > 2, kernel.count == shape.rank - 2
    else {
      throw node.error("kernel_shape \(node.ints("kernel_shape") ?? []) over an input \(shape)")
    }
    var window = try ONNXWindow(node, kernel: kernel, input: Array(shape[2...]))
    if node.int("ceil_mode", default: 0) != 0 { window.roundUp(input: Array(shape[2...])) }
    return window
  }

  /// Applies a pool of `[N, C, H, W]` along the last two axes, and along those before one by one.
  package mutating func pooled(
    _ x: Value, _ window: ONNXWindow,
    _ pool: (inout ONNXReadContext, Value, ONNXWindow) throws -> Value
  ) throws -> Value {
    let shape = builder.shape(of: x)
    if window.rank == 1 {
      let lifted = try builder.add(one: Reshape([0, 0, 1, -1]), x)
      return try builder.add(one: Reshape([0, 0, -1]), pool(&self, lifted, window.over([nil, 0])))
    }
    guard window.rank > 2 else { return try pool(&self, x, window) }
    var extents = Array(shape[1...])
    var y = x
    for axis in 0..<window.rank - 1 {
      // Channels and the axes that are done, the axis, the rest.
      let channels = extents[...axis].reduce(1, *)
      let rest = Array(extents[(axis + 2)...])
      let isLast = axis == window.rank - 2
      let plane = [0, channels, extents[axis + 1], rest.reduce(1, *)]
      y = try builder.add(one: Reshape(plane), y)
      y = try pool(&self, y, window.over(isLast ? [axis, axis + 1] : [axis, nil]))
      extents[axis + 1] = builder.shape(of: y)[2]
      if isLast { extents[axis + 2] = builder.shape(of: y)[3] }
    }
    return try builder.add(one: Reshape([0] + extents), y)
  }

  /// What the sum of a window is divided by.
  package enum Divisor {
    /// How many elements the window sees.
    case elements
    /// As many, and the padding that it sees, but not what lies behind that.
    case elementsAndPadding
    /// The extents of the window.
    case window
  }

  /// The mean of every window.
  package mutating func mean(
    _ x: Value, _ window: ONNXWindow, over divisor: Divisor
  ) throws -> Value {
    try pooled(x, window) { context, plane, window in
      if window.dilation.contains(where: { $0 != 1 }) {
        return try context.dilatedMean(plane, window, over: divisor)
      }
      var (plane, window) = (plane, window)
      if divisor == .elementsAndPadding, window.overhang != [0, 0] {
        // What counts becomes elements, so that only what does not count is padding.
        let explicit = zip(window.high, window.overhang).map { $0 - $1 }
        let pad = Pad(low: [0, 0] + window.low, high: [0, 0] + explicit)
        if (pad.low + pad.high).contains(where: { $0 != 0 }) {
          plane = try context.builder.add(one: pad, plane)
        }
        (window.low, window.high) = ([0, 0], window.overhang)
      }
      let op = AveragePool2D(
        kernel: window.kernel, strides: window.strides, padding: window.padding,
        countIncludesPadding: divisor == .window
          || divisor == .elementsAndPadding && window.overhang == [0, 0])
      return try context.builder.add(one: op, plane)
    }
  }

  /// A mean along each of the last two axes is a product with the matrix of its weights.
  private mutating func dilatedMean(
    _ x: Value, _ window: ONNXWindow, over divisor: Divisor
  ) throws -> Value {
    var y = x
    for axis in 0..<2 where !window.isIdentity(axis) {
      let extent = builder.shape(of: y)[axis + 2]
      let matrix = try window.along(axis).meanWeights(
        over: extent, divisor, overhang: window.overhang[axis], builder.dtype(of: y))
      y = try builder.mapped(y, axis: axis + 2, by: matrix)
    }
    return y
  }
}

extension WindowAxis {
  /// The weight of every element in the mean of every window, `[windows, extent]`.
  fileprivate func meanWeights(
    over extent: Int, _ divisor: ONNXReadContext.Divisor, overhang: Int, _ dtype: DType
  ) throws -> TensorData {
    let count = windowCount(over: extent)
    guard count > 0, count <= AxisMap.mostElements / max(extent, 1) else {
      throw LeptonError(
        .badInput, "\(count) windows of \(kernel) taps over \(extent) elements are not supported")
    }
    var weights = [Double](repeating: 0, count: count * extent)
    for window in 0..<count {
      let taps = (0..<kernel).map { element(window: window, tap: $0) }
      let seen = taps.filter { (0..<extent).contains($0) }
      let counted =
        switch divisor {
        case .elements: seen.count
        case .elementsAndPadding: taps.filter { $0 < extent + high - overhang }.count
        case .window: kernel
        }
      guard counted > 0 else {
        throw LeptonError(.badInput, "a window sees nothing but padding", fix: "pad less")
      }
      for element in seen { weights[window * extent + element] = 1 / Double(counted) }
    }
    return TensorData(weights, as: TensorType(dtype, [count, extent]))
  }
}
