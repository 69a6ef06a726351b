extension Image {
  /// The image stretched to a size by linear interpolation; on shrinking the triangle widens to
  /// cover what one target pixel covers, so that nothing aliases.
  ///
  /// Rows first, then columns; pixel centres are at halves, and weights outside are dropped and the
  /// rest scaled to sum 1: the rule that Pillow calls BILINEAR.
  public func resized(height newHeight: Int, width newWidth: Int) -> Image {
    precondition(newHeight > 0 && newWidth > 0, "an image of \(newHeight) x \(newWidth)")
    if newHeight == height, newWidth == width { return self }
    let across = taps(from: width, to: newWidth)
    let down = taps(from: height, to: newHeight)
    let rowCount = newWidth * channels

    var rows = [Float](repeating: 0, count: height * rowCount)
    for y in 0..<height {
      for (x, tap) in across.enumerated() {
        for channel in 0..<channels {
          var sum: Float = 0
          for (offset, weight) in tap.weights.enumerated() {
            sum += weight * Float(pixels[(y * width + tap.first + offset) * channels + channel])
          }
          rows[y * rowCount + x * channels + channel] = sum
        }
      }
    }

    var result: [UInt8] = []
    result.reserveCapacity(newHeight * rowCount)
    for tap in down {
      for index in 0..<rowCount {
        var sum: Float = 0
        for (offset, weight) in tap.weights.enumerated() {
          sum += weight * rows[(tap.first + offset) * rowCount + index]
        }
        result.append(UInt8(min(max(sum + 0.5, 0), 255)))
      }
    }
    return Image(width: newWidth, height: newHeight, channels: channels, pixels: result)
  }
}

/// The source pixels that one target pixel takes from, along one axis.
private struct Tap {
  var first: Int
  var weights: [Float]
}

private func taps(from old: Int, to new: Int) -> [Tap] {
  let scale = Double(old) / Double(new)
  let support = max(scale, 1)
  return (0..<new).map { target in
    let centre = (Double(target) + 0.5) * scale
    let first = max(0, Int((centre - support).rounded(.down)))
    let last = min(old - 1, Int((centre + support).rounded(.up)))
    let weights = (first...last).map { max(0, 1 - abs((Double($0) + 0.5 - centre) / support)) }
    let sum = weights.reduce(0, +)
    return Tap(first: first, weights: weights.map { Float($0 / sum) })
  }
}
