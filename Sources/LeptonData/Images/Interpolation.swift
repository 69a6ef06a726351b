extension Image {
  /// The image stretched to a size by linear interpolation between the two nearest pixels of each axis; nothing is averaged
  /// on shrinking.
  ///
  /// What OpenCV calls INTER_LINEAR, with its arithmetic: weights are whole 2048ths, and the sums of rows lose 4 and then 16
  /// bits, so that results are a little darker than exact ones would be. Networks that were fed by it expect that.
  func interpolated(height newHeight: Int, width newWidth: Int) -> Image {
    precondition(newHeight > 0 && newWidth > 0, "an image of \(newHeight) x \(newWidth)")
    if newHeight == height, newWidth == width { return self }
    let across = neighbours(from: width, to: newWidth, endsAlone: true)
    let down = neighbours(from: height, to: newHeight, endsAlone: false)
    let rowCount = newWidth * channels

    var rows = [Int32](repeating: 0, count: height * rowCount)
    for y in 0..<height {
      for (x, pair) in across.enumerated() {
        let (first, second) = (
          (y * width + pair.first) * channels, (y * width + pair.second) * channels
        )
        for channel in 0..<channels {
          let sum =
            pair.firstWeight * Int32(pixels[first + channel])
            + pair.secondWeight * Int32(pixels[second + channel])
          rows[y * rowCount + x * channels + channel] = sum >> 4
        }
      }
    }

    var result: [UInt8] = []
    result.reserveCapacity(newHeight * rowCount)
    for pair in down {
      let (first, second) = (pair.first * rowCount, pair.second * rowCount)
      for index in 0..<rowCount {
        let sum =
          (pair.firstWeight * rows[first + index]) >> 16
          + (pair.secondWeight * rows[second + index]) >> 16
        result.append(UInt8(clamping: (sum + 2) >> 2))
      }
    }
    return Image(width: newWidth, height: newHeight, channels: channels, pixels: result)
  }
}

/// The source pixels that one target pixel lies between, along one axis, and their weights in 2048ths.
private struct Neighbours {
  var first: Int
  var second: Int
  var firstWeight: Int32
  var secondWeight: Int32
}

/// Pixel centres are at halves. Beyond the first and last of them these are all there is: at once, or weighed as both
/// neighbours, which rounds otherwise.
private func neighbours(from old: Int, to new: Int, endsAlone: Bool) -> [Neighbours] {
  let scale = Double(old) / Double(new)
  return (0..<new).map { target in
    let place = Float((Double(target) + 0.5) * scale - 0.5)
    let below = place.rounded(.down)
    let (first, second) = (max(Int(below), 0), min(Int(below) + 1, old - 1))
    let part = endsAlone && (below < 0 || first == second) ? 0 : place - below
    return Neighbours(
      first: min(first, old - 1), second: second,
      firstWeight: Int32(((1 - part) * 2048).rounded(.toNearestOrEven)),
      secondWeight: Int32((part * 2048).rounded(.toNearestOrEven)))
  }
}
