/// How one digit is written and seen: everything random about it.
struct Pen {
  /// Unit square, centred, to pixels.
  var xx: Float, xy: Float, yx: Float, yy: Float
  var origin: Point
  /// How far each control point strays, in units of the square.
  var jitter: Float
  /// Displacements in pixels at the nodes of a 4 x 4 grid over the image: the elastic distortion.
  var grid: [Point]
  /// Half the width of the line, in pixels.
  var radius: Float
  /// The width of its edge, in pixels: the blur.
  var softness: Float
  /// Grey levels in 0...255.
  var ink: Float, paper: Float, noise: Float
  /// Strokes that belong to no digit.
  var clutterCount: Int

  static let gridSide = 4

  init(using random: inout SeededGenerator) {
    let angle = random.uniform(in: -0.26...0.26)
    let (sin, cos) = (sine(angle), sine(angle + .pi / 2))
    let size = random.uniform(in: 17.5...24.5)
    let aspect = random.uniform(in: 0.78...1.12)
    let shear = random.uniform(in: -0.24...0.24)
    let (width, height) = (size * aspect, size)
    xx = cos * width
    xy = (cos * shear - sin) * height
    yx = sin * width
    yy = (sin * shear + cos) * height
    origin = Point(14 + random.uniform(in: -1.8...1.8), 14 + random.uniform(in: -1.8...1.8))
    jitter = random.uniform(in: 0.005...0.03)
    let strength = random.uniform(in: 0...1.1)
    grid = (0..<(Self.gridSide * Self.gridSide)).map { _ in
      Point(random.normal() * strength, random.normal() * strength)
    }
    radius = random.uniform(in: 0.75...1.7)
    softness = random.uniform(in: 0.7...1.8)
    ink = random.uniform(in: 140...255)
    paper = random.uniform(in: 0...45)
    noise = random.uniform(in: 0...24)
    clutterCount = random.below(3) == 0 ? 1 + random.below(2) : 0
  }

  /// Where a point of the unit square falls in the image.
  func place(_ point: Point) -> Point {
    let (x, y) = (point.x - 0.5, point.y - 0.5)
    let flat = origin + Point(xx * x + xy * y, yx * x + yy * y)
    return flat + displacement(at: flat)
  }

  /// The grid's displacement, interpolated smoothly between its nodes.
  private func displacement(at point: Point) -> Point {
    let last = Float(Self.gridSide - 1)
    let x = min(max(point.x / 28 * last, 0), last - 0.001)
    let y = min(max(point.y / 28 * last, 0), last - 0.001)
    let (column, row) = (Int(x), Int(y))
    let (u, v) = (smooth(x - Float(column)), smooth(y - Float(row)))
    let node = row * Self.gridSide + column
    let top = grid[node] * (1 - u) + grid[node + 1] * u
    let bottom = grid[node + Self.gridSide] * (1 - u) + grid[node + Self.gridSide + 1] * u
    return top * (1 - v) + bottom * v
  }

  private func smooth(_ t: Float) -> Float { t * t * (3 - 2 * t) }
}
