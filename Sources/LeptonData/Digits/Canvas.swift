/// A 28 x 28 image under construction: for each pixel the distance to the nearest stroke.
struct Canvas {
  static let side = 28
  /// Squared distances in pixels.
  private var nearest = [Float](repeating: .infinity, count: side * side)

  /// Draws straight lines from point to point, felt up to `reach` pixels away.
  mutating func draw(_ points: [Point], reach: Float) {
    guard points.count > 1 else { return }
    nearest.withUnsafeMutableBufferPointer { nearest in
      for index in 0..<(points.count - 1) {
        Self.draw(points[index], points[index + 1], reach: reach, on: nearest)
      }
    }
  }

  private static func draw(
    _ a: Point, _ b: Point, reach: Float, on nearest: UnsafeMutableBufferPointer<Float>
  ) {
    let columns = pixels(from: min(a.x, b.x) - reach, to: max(a.x, b.x) + reach)
    let rows = pixels(from: min(a.y, b.y) - reach, to: max(a.y, b.y) + reach)
    let d = b - a
    let inverseLength = 1 / max(d.x * d.x + d.y * d.y, 1e-6)
    for row in rows {
      for column in columns {
        let p = Point(Float(column) + 0.5 - a.x, Float(row) + 0.5 - a.y)
        let t = min(max((p.x * d.x + p.y * d.y) * inverseLength, 0), 1)
        let (x, y) = (p.x - t * d.x, p.y - t * d.y)
        let pixel = row * side + column
        nearest[pixel] = min(nearest[pixel], x * x + y * y)
      }
    }
  }

  private static func pixels(from low: Float, to high: Float) -> Range<Int> {
    let first = min(max(Int(low.rounded(.down)), 0), side)
    let last = min(max(Int(high.rounded(.up)), first), side)
    return first..<last
  }

  /// Inks what lies within the pen's radius, softens the edge, adds the noise.
  func developed(with pen: Pen, using random: inout SeededGenerator, into image: inout [UInt8]) {
    let edge = 1 / pen.softness
    let contrast = pen.ink - pen.paper
    for squared in nearest {
      var level = pen.paper
      if squared < .infinity {
        let t = min(max((pen.radius - squared.squareRoot()) * edge + 0.5, 0), 1)
        level += contrast * (t * t * (3 - 2 * t))
      }
      level += pen.noise * random.normal()
      image.append(UInt8(min(max(level, 0), 255)))
    }
  }
}
