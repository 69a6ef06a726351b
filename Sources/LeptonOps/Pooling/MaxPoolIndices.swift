import LeptonGraph
import LeptonValues

extension ONNXReadContext {
  /// For each window of a MaxPool the position of its maximum in the whole input, the first of
  /// equals: the windows laid out side by side, and the best along them.
  mutating func winners(
    _ x: Value, _ window: ONNXWindow, columnMajor: Bool, _ node: ONNXNode
  ) throws -> Value {
    let (shape, dtype) = (builder.shape(of: x), builder.dtype(of: x))
    let input = Shape(Array(shape[2...]))
    let places = try WindowPlaces(window, input, node)
    let planes = shape[0] * shape[1]
    try requireSmall(TensorType(.i64, [planes]), node)
    let lowest: Double = dtype.isFloatingPoint ? -.infinity : dtype == .u8 ? 0 : -128
    // The examples are counted: their number is part of the shape, so that no other one passes.
    let flat = try builder.add(one: Reshape([planes, input.elementCount]), x)
    let padded = try builder.add(one: Pad(low: [0, 0], high: [0, 1], value: lowest), flat)
    let seen = try builder.add(one: Gather(axis: 1), padded, addConstant(places.elements))
    let best = try builder.add(one: ArgMax(axis: 1), seen)
    // Tap t of window p stands at t * windows + p of the table.
    let count = places.result.elementCount
    let row = try addConstant(TensorData((0..<count).map(Int64.init), shape: [count]))
    let factor = try addConstant(TensorData(scalar: Int64(count)))
    let scaled = try builder.add(one: Multiply(), best, factor)
    let entry = try builder.add(one: Add(), scaled, row)
    let table = try addConstant(places.positions(columnMajor: columnMajor))
    let position = try builder.add(one: Gather(axis: 0), table, entry)
    let starts = (0..<planes).map { Int64($0 * input.elementCount) }
    let start = try addConstant(TensorData(starts, shape: [planes, 1]))
    let total = try builder.add(one: Add(), position, start)
    return try builder.add(one: Reshape(Array(shape[..<2]) + places.result.extents), total)
  }
}

/// What every tap of every window of a pool reads, over all spatial axes at once.
private struct WindowPlaces {
  let result: Shape
  private let input: Shape
  /// `[taps, windows]`: coordinates, nil in the padding.
  private let taps: [[Int]?]
  private let tapCount: Int

  init(_ window: ONNXWindow, _ input: Shape, _ node: ONNXNode) throws {
    let axes = (0..<window.rank).map { window.along($0) }
    let result = Shape(zip(axes, input).map { $0.windowCount(over: $1) })
    let kernel = Shape(window.kernel)
    let limit = TensorType(.i64, Shape(kernel.extents + result.extents))
    guard limit.isAddressable, limit.shape.elementCount <= 1 << 26, !result.contains(0) else {
      throw node.error("the positions of \(result) windows of \(kernel) are not supported")
    }
    (self.result, self.input, tapCount) = (result, input, kernel.elementCount)
    taps = (0..<kernel.elementCount).flatMap { tap in
      let tap = kernel.coordinates(of: tap)
      return (0..<result.elementCount).map { position in
        let place = result.coordinates(of: position)
        let read = axes.indices.map { axes[$0].element(window: place[$0], tap: tap[$0]) }
        return zip(read, input).allSatisfy { (0..<$1).contains($0) } ? read : nil
      }
    }
  }

  /// The position of each in a plane; behind its last element for padding.
  var elements: TensorData {
    let positions = taps.map { Int64($0.map(input.position(of:)) ?? input.elementCount) }
    return TensorData(positions, shape: [tapCount, result.elementCount])
  }

  /// The number that ONNX gives each element of a plane, by rows or by columns. Where a window holds
  /// nothing above its padding, that of its first element.
  func positions(columnMajor: Bool) -> TensorData {
    var strides = input.strides
    if columnMajor {
      for axis in strides.indices { strides[axis] = input[..<axis].reduce(1, *) }
    }
    let count = result.elementCount
    let first = (0..<count).map { window in
      (0..<tapCount).lazy.compactMap { taps[$0 * count + window] }.first
    }
    let positions = taps.indices.map { index in
      let place = taps[index] ?? first[index % count] ?? input.map { _ in 0 }
      return Int64(zip(place, strides).reduce(0) { $0 + $1.0 * $1.1 })
    }
    return TensorData(positions, shape: [taps.count])
  }
}
