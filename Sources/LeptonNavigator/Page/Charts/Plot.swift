/// A picture of two axes: the frame, and where numbers lie in it. Inline SVG without scripts; colours come from the page.
///
/// Lengths are those of the view box, which is about as wide as a column of a page; on a phone it gets smaller, and letters
/// are made larger by the style.
struct Plot {
  let x: Axis
  let y: Axis
  var width = 520.0
  var height = 310.0
  /// The part of the picture that numbers lie in.
  var left = 66.0
  var right = 504.0
  var top = 14.0
  var bottom = 262.0

  func across(_ value: Double) -> Double { left + x.place(value) * (right - left) }
  func up(_ value: Double) -> Double { bottom - y.place(value) * (bottom - top) }

  /// The whole picture.
  ///
  /// - Parameter label: what it shows, for those who do not see it.
  func svg(_ label: String, _ content: String) -> String {
    Self.picture(label, width: width, height: height, frame + content)
  }

  static func picture(
    _ label: String, width: Double, height: Double, _ content: String
  ) -> String {
    """
    <svg class="plot" viewBox="0 0 \(Figures.places(width, 0)) \(Figures.places(height, 0))" \
    role="img" aria-label="\(HTML.escaped(label))">\(content)</svg>

    """
  }

  /// Grid, numbers and titles.
  var frame: String {
    var marks = ""
    for tick in y.ticks {
      let place = up(tick.value)
      marks += line("grid", (left, place), (right, place))
      marks += text("tick end", left - 8, place + 4, tick.text)
    }
    for tick in x.ticks {
      let place = across(tick.value)
      marks += line("grid", (place, top), (place, bottom))
      marks += text("tick middle", place, bottom + 18, tick.text)
    }
    if !x.title.isEmpty { marks += text("axis end", right, bottom + 40, x.title) }
    if !y.title.isEmpty { marks += text("axis", left - 56, bottom + 40, "↑ " + y.title) }
    return marks
  }

  func line(_ style: String, _ from: (Double, Double), _ to: (Double, Double)) -> String {
    "<line class=\"\(style)\" x1=\"\(number(from.0))\" y1=\"\(number(from.1))\" "
      + "x2=\"\(number(to.0))\" y2=\"\(number(to.1))\"/>"
  }

  func text(_ style: String, _ x: Double, _ y: Double, _ text: String) -> String {
    "<text class=\"\(style)\" x=\"\(number(x))\" y=\"\(number(y))\">\(HTML.escaped(text))</text>"
  }

  /// Through points that are given as numbers of the axes.
  func path(_ style: String, _ points: [(Double, Double)], isArea: Bool = false) -> String {
    let places = points.map { "\(number(across($0.0))) \(number(up($0.1)))" }
    guard points.count > 1 else { return "" }
    return "<path class=\"\(style)\" d=\"M\(places.joined(separator: "L"))\(isArea ? "Z" : "")\"/>"
  }

  func dot(
    _ style: String, _ x: Double, _ y: Double, radius: Double = 4, title: String = ""
  ) -> String {
    "<circle class=\"\(style)\" cx=\"\(number(across(x)))\" cy=\"\(number(up(y)))\" "
      + "r=\"\(number(radius))\">\(title.isEmpty ? "" : "<title>\(HTML.escaped(title))</title>")"
      + "</circle>"
  }

  /// A confidence interval, cut where the picture ends.
  func whisker(_ style: String, atX value: Double, _ interval: Interval?) -> String {
    guard let interval else { return "" }
    let (low, high) = (up(max(interval.low, y.low)), up(min(interval.high, y.high)))
    return line(style, (across(value), low), (across(value), high))
  }

  func whisker(_ style: String, atY value: Double, _ interval: Interval?) -> String {
    guard let interval else { return "" }
    let (low, high) = (across(max(interval.low, x.low)), across(min(interval.high, x.high)))
    return line(style, (low, up(value)), (high, up(value)))
  }

  func number(_ value: Double) -> String { Figures.places(value, 1) }
}
