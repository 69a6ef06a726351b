/// How an element between others is made of them, along one axis.
struct Interpolation {
  enum Kernel {
    /// The nearest one.
    case nearest(Resize2D.Rounding)
    /// The two around it.
    case linear
    /// The four around it, by the cubic convolution with coefficient `a` (Keys, 1981).
    case cubic(a: Double)
  }

  struct Tap {
    let element: Int
    let weight: Double
  }

  var kernel: Kernel
  /// Whether the kernel is widened where the result is smaller than the input.
  var antialias = false
  /// Whether elements outside weigh nothing, rather than being those at the border.
  var excludesOutside = false

  init(_ kernel: Kernel, antialias: Bool = false, excludesOutside: Bool = false) {
    self.kernel = kernel
    self.antialias = antialias
    self.excludesOutside = excludesOutside
  }

  /// The elements of `0..<extent` that make the one at `x`, resized by `scale`.
  func taps(at x: Double, extent: Int, scale: Double) -> [Tap] {
    let radius: Double
    switch kernel {
    case .nearest(let rounding):
      let element = Int(rounding.round(Float(x)))
      return [Tap(element: min(max(element, 0), extent - 1), weight: 1)]
    case .linear: radius = 1
    case .cubic: radius = 2
    }
    let narrowing = antialias ? min(scale, 1) : 1
    let reach = Int((radius / narrowing).rounded(.up))
    let middle = Int(x.rounded(.down))
    let elements = middle - reach + 1...middle + reach
    var weights = elements.map { weight(narrowing * (Double($0) - x)) }
    if excludesOutside {
      for (index, element) in elements.enumerated() where !(0..<extent).contains(element) {
        weights[index] = 0
      }
    }
    let total = antialias || excludesOutside ? weights.reduce(0, +) : 1
    return zip(elements, weights).compactMap { element, weight in
      weight == 0
        ? nil : Tap(element: min(max(element, 0), extent - 1), weight: weight / total)
    }
  }

  private func weight(_ distance: Double) -> Double {
    let x = abs(distance)
    switch kernel {
    case .nearest: return 1
    case .linear: return max(0, 1 - x)
    case .cubic(let a):
      if x <= 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
      return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0
    }
  }
}

extension Resize2D.Rounding {
  fileprivate func round(_ x: Float) -> Float {
    switch self {
    case .floor: x.rounded(.down)
    case .ceil: x.rounded(.up)
    case .roundPreferFloor: (x - 0.5).rounded(.up)
    case .roundPreferCeil: (x + 0.5).rounded(.down)
    }
  }
}
