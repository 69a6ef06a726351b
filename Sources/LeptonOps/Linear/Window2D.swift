import LeptonValues

/// How the windows of a convolution or a pool lie along one axis.
package struct WindowAxis: Sendable, Hashable {
  package let kernel: Int
  package let stride: Int
  package let dilation: Int
  /// Padding before the first and behind the last element.
  package let low: Int
  package let high: Int

  /// From the first to the last element that a window sees.
  package var span: Int { (kernel - 1) * dilation + 1 }

  /// How many windows fit, 0 where none does.
  package func windowCount(over extent: Int) -> Int {
    let room = extent + low + high - span
    return room < 0 ? 0 : room / stride + 1
  }

  /// The element that tap `tap` of window `window` reads; outside the tensor where it is padding.
  package func element(window: Int, tap: Int) -> Int { window * stride + tap * dilation - low }

  /// The windows, of `count`, whose tap `tap` reads an element of a tensor of `extent`.
  package func windows(reading tap: Int, of extent: Int, count: Int) -> Range<Int> {
    let first = low - tap * dilation
    let lower = first <= 0 ? 0 : (first + stride - 1) / stride
    let end = extent + first
    let upper = end <= 0 ? 0 : (end + stride - 1) / stride
    return min(lower, count)..<max(min(lower, count), min(upper, count))
  }
}

/// The windows of a two-dimensional convolution or pool.
package struct Window2D: Sendable, Hashable {
  package let vertical: WindowAxis
  package let horizontal: WindowAxis

  /// - Parameters:
  ///   - kernel: height, width; likewise `strides` and `dilation`.
  ///   - padding: top, left, bottom, right.
  ///   - op: the operation's name, for errors.
  package init(
    kernel: [Int], strides: [Int], padding: [Int], dilation: [Int], of op: String
  ) throws {
    guard kernel.count == 2, strides.count == 2, padding.count == 4, dilation.count == 2 else {
      throw LeptonError(
        .badInput,
        "\(op): kernel \(kernel), strides \(strides), padding \(padding), dilation \(dilation)",
        fix: "give 2, 2, 4 (top, left, bottom, right) and 2 numbers")
    }
    guard (kernel + strides + dilation).allSatisfy({ $0 > 0 }), padding.allSatisfy({ $0 >= 0 })
    else {
      throw LeptonError(
        .badInput,
        "\(op): kernel \(kernel), strides \(strides), padding \(padding), dilation \(dilation)",
        fix: "kernel, strides and dilation are at least 1, padding at least 0")
    }
    vertical = WindowAxis(
      kernel: kernel[0], stride: strides[0], dilation: dilation[0], low: padding[0],
      high: padding[2])
    horizontal = WindowAxis(
      kernel: kernel[1], stride: strides[1], dilation: dilation[1], low: padding[1],
      high: padding[3])
  }

  /// Height and width of the result over an input of `height` x `width`.
  package func resultExtents(height: Int, width: Int, of op: String) throws -> [Int] {
    let extents = [
      vertical.windowCount(over: height), horizontal.windowCount(over: width),
    ]
    guard extents[0] > 0, extents[1] > 0 else {
      throw LeptonError(
        .badInput,
        "\(op): a window of \(vertical.span) x \(horizontal.span) does not fit into \(height) x "
          + "\(width) with padding \([vertical.low, horizontal.low, vertical.high, horizontal.high])",
        fix: "use a smaller kernel, more padding or a larger input")
    }
    return extents
  }
}
