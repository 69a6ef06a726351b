/// A point of a glyph or of an image; x to the right, y down.
struct Point: Hashable {
  var x: Float
  var y: Float

  init(_ x: Float, _ y: Float) {
    self.x = x
    self.y = y
  }

  static func + (a: Point, b: Point) -> Point { Point(a.x + b.x, a.y + b.y) }
  static func - (a: Point, b: Point) -> Point { Point(a.x - b.x, a.y - b.y) }
  static func * (a: Point, scale: Float) -> Point { Point(a.x * scale, a.y * scale) }

  func distance(to other: Point) -> Float {
    let d = self - other
    return (d.x * d.x + d.y * d.y).squareRoot()
  }
}

/// One movement of the pen.
struct Stroke {
  enum Kind {
    /// Straight from point to point.
    case polyline
    /// A Catmull-Rom spline through the points.
    case curve
  }

  var kind: Kind
  var points: [Point]

  static func line(_ points: [Point]) -> Stroke { Stroke(kind: .polyline, points: points) }

  static func curve(_ points: [Point]) -> Stroke { Stroke(kind: .curve, points: points) }

  /// Part of an ellipse as a curve; angles in degrees, 0 to the right, 90 down.
  static func arc(
    _ center: Point, _ radius: Point, from start: Float = 0, to end: Float = 360
  ) -> Stroke {
    let steps = max(4, Int((abs(end - start) / 30).rounded()))
    return .curve(
      (0...steps).map { step in
        let angle = (start + (end - start) * Float(step) / Float(steps)) * (.pi / 180)
        return center + Point(radius.x * sine(angle + .pi / 2), radius.y * sine(angle))
      })
  }

  /// Points along the stroke, at most about `spacing` apart.
  func flattened(spacing: Float) -> [Point] {
    guard var previous = points.first else { return [] }
    var result = [previous]
    for index in 0..<(points.count - 1) {
      let (a, b) = (points[index], points[index + 1])
      let steps = max(1, Int((a.distance(to: b) / spacing).rounded(.up)))
      for step in 1...steps {
        let t = Float(step) / Float(steps)
        switch kind {
        case .polyline: previous = a + (b - a) * t
        case .curve:
          let before = points[max(0, index - 1)]
          let after = points[min(points.count - 1, index + 2)]
          previous = catmullRom(before, a, b, after, t)
        }
        result.append(previous)
      }
    }
    return result
  }
}

/// The uniform Catmull-Rom spline from `b` (t = 0) to `c` (t = 1).
private func catmullRom(_ a: Point, _ b: Point, _ c: Point, _ d: Point, _ t: Float) -> Point {
  let (t2, t3) = (t * t, t * t * t)
  let ends = a * (2 * t2 - t3 - t) + d * (t3 - t2)
  let middle = b * (2 + 3 * t3 - 5 * t2) + c * (t + 4 * t2 - 3 * t3)
  return (ends + middle) * 0.5
}

/// The sine of `angle` (radians) from additions and products alone, so that it has the same bits
/// on every machine. The Taylor series to the 13th power after reduction to [-pi/2, pi/2].
func sine(_ angle: Float) -> Float {
  var x = Double(angle)
  x -= (x / (2 * .pi)).rounded() * 2 * .pi
  if x > .pi / 2 { x = .pi - x } else if x < -.pi / 2 { x = -.pi - x }
  let square = x * x
  var term = x
  var sum = x
  for power in stride(from: 3.0, through: 13, by: 2) {
    term = -term * square / (power * (power - 1))
    sum += term
  }
  return Float(sum)
}
