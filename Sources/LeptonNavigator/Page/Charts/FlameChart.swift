/// A tree of times as a picture: an icicle, the model on one side, what it consists of beyond, every part as long as it
/// takes. Inline SVG without scripts; what a part is and came to stands in its title.
///
/// Extents along the time are percentages and each part clips its own text, so that the picture is as wide as the page.
struct FlameChart {
  enum Direction: String {
    /// Time from left to right, for wide pages.
    case across
    /// Time from top to bottom, for narrow ones.
    case down
  }

  private let tree: FlameTree
  private let direction: Direction
  /// Pixels of a row across.
  private static let row = 28.0
  /// Pixels of the whole time down.
  private static let length = 1100.0
  /// Pixels of a wide page, of a narrow one and of a letter, to choose what is written: narrower parts cut it off.
  private static let width = 1150.0
  private static let narrow = 360.0
  private static let letter = 6.9
  /// Parts with a smaller share of the time are not drawn.
  private static let least = 0.0005

  init(_ tree: FlameTree, _ direction: Direction) {
    (self.tree, self.direction) = (tree, direction)
  }

  var svg: String {
    let height = direction == .across ? Self.row * Double(tree.depth) : Self.length
    var parts = ""
    draw(tree, from: 0, depth: 0, &parts)
    return """
      <svg class="flame \(direction.rawValue)" width="100%" height="\(Figures.places(height, 0))" \
      role="img" aria-label="Where the time of \(HTML.escaped(tree.name)) goes">\(parts)</svg>

      """
  }

  private func draw(_ node: FlameTree, from start: Double, depth: Int, _ parts: inout String) {
    let share = tree.ms > 0 ? node.ms / tree.ms : 0
    guard share >= Self.least else { return }
    let text = label(node, share, depth)
    parts += """
      <svg \(frame(node, start, share, depth))>\
      <title>\(HTML.escaped(title(node, share)))</title>\
      <rect class="\(CeilingScale.className(of: node))" width="100%" height="100%" rx="2"/>\
      \(text.isEmpty ? "" : "<text x=\"6\" y=\"\(direction == .across ? 18 : 15)\">\(HTML.escaped(text))</text>")</svg>

      """
    var next = start
    for child in node.children {
      draw(child, from: next, depth: depth + 1, &parts)
      next += tree.ms > 0 ? child.ms / tree.ms : 0
    }
  }

  private func frame(
    _ node: FlameTree, _ start: Double, _ share: Double, _ depth: Int
  ) -> String {
    switch direction {
    case .across:
      let top = Double(depth) * Self.row
      return "x=\"\(Figures.places(start * 100, 3))%\" "
        + "width=\"\(Figures.places(share * 100, 3))%\" "
        + "y=\"\(Figures.places(top, 0))\" height=\"\(Figures.places(Self.row, 0))\""
    case .down:
      let left = 100 * Double(depth) / Double(tree.depth)
      return "x=\"\(Figures.places(left, 2))%\" "
        + "width=\"\(Figures.places(100 * across(node, depth), 2))%\" "
        + "y=\"\(Figures.places(start * Self.length, 1))\" "
        + "height=\"\(Figures.places(share * Self.length, 1))\""
    }
  }

  /// The part of a narrow page's width: a column, but operations reach to the far side, since their names need the room.
  private func across(_ node: FlameTree, _ depth: Int) -> Double {
    Double(node.children.isEmpty ? tree.depth - depth : 1) / Double(tree.depth)
  }

  /// The name, with the share where there is room; nothing where not even a few letters would fit.
  private func label(_ node: FlameTree, _ share: Double, _ depth: Int) -> String {
    let whole = "\(node.name)  \(Figures.percent(share))"
    if direction == .down, share * Self.length < 18 { return "" }
    let width = direction == .across ? share * Self.width : Self.narrow * across(node, depth)
    let room = Int((width - 10) / Self.letter)
    if whole.count <= room { return whole }
    if node.name.count <= room { return node.name }
    return room >= 4 ? node.name.prefix(room - 1) + "…" : ""
  }

  private func title(_ node: FlameTree, _ share: Double) -> String {
    var lines = [
      node.path.isEmpty || node.step == nil && node.path == node.name
        ? node.name : node.step == nil ? node.path : "\(node.path): \(node.name)",
      "\(Figures.milliseconds(node.ms)), \(Figures.percent(share)) of the time"
        + (node.count > 1 ? ", \(node.count) steps" : ""),
    ]
    if node.flops > 0, node.ms > 0 {
      lines.append("\(Figures.digits(Double(node.flops) / node.ms * 1e-6)) GFLOP/s")
    }
    if node.floor > 0 { lines.append("\(Figures.percent(node.ofCeiling)) of the ceiling") }
    if let step = node.step {
      lines.append("kernel \(step.kernelName)\(step.algorithm.map { " (\($0))" } ?? "")")
      if !step.layout.isEmpty { lines.append("layout \(step.layout)") }
      lines.append("arithmetic \(step.arithmetic)")
    }
    return lines.joined(separator: "\n")
  }
}

/// Colours for how much of the machine's ceiling is reached.
enum CeilingScale {
  /// Bounds from below, with what the legend says.
  static let steps: [(bound: Double, text: String)] = [
    (0, "below 10 %"), (0.1, "10 to 25 %"), (0.25, "25 to 50 %"), (0.5, "50 to 75 %"),
    (0.75, "75 to 100 %"), (1, "beyond"),
  ]

  static func className(of node: FlameTree) -> String {
    guard node.floor > 0 else { return "unknown" }
    return "c\(steps.lastIndex { node.ofCeiling >= $0.bound } ?? 0)"
  }

  static var legend: String {
    let known = steps.indices.map { ("c\($0)", steps[$0].text) }
    let keys = (known + [("unknown", "no cost known")]).map { name, text in
      "<span><i class=\"\(name)\"></i>\(text)</span>"
    }
    return "<p class=\"legend\"><b>of the ceiling</b>\(keys.joined())</p>\n"
  }
}
