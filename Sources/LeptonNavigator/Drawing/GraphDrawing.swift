package import LeptonGraph
import LeptonValues

/// A graph as a picture of its own: an SVG file, boxes from top to bottom, without scripts.
package struct GraphDrawing {
  private let blocks: GraphBlocks
  private let layout: LayeredLayout
  private let edges: [GraphBlocks.Edge]
  private let name: String

  private static let letter = 7.3
  private static let line = 17.0
  private static let inset = 10.0
  private static let margin = 24.0
  private static let mostLetters = 44
  private static let mostBlocks = 20_000

  /// - Throws: `LeptonError` of kind `infeasible` for graphs that no picture shows.
  package init(_ graph: Graph) throws {
    name = graph.name
    blocks = GraphBlocks(graph)
    guard blocks.blocks.count <= Self.mostBlocks else {
      throw LeptonError(
        .infeasible, "a graph of \(blocks.blocks.count) boxes is too large to be drawn",
        fix: "read its textual form instead")
    }
    edges = blocks.edges.sorted { ($0.from, $0.to) < ($1.from, $1.to) }
    layout = LayeredLayout(
      blocks.blocks.map(Self.size), edges: edges.map { (from: $0.from, to: $0.to) })
  }

  private static func size(_ block: GraphBlocks.Block) -> LayeredLayout.Size {
    let letters = block.lines.map { min($0.count, mostLetters) }.max() ?? 0
    return LayeredLayout.Size(
      width: Double(letters) * letter + 2 * inset,
      height: Double(block.lines.count) * line + inset)
  }

  package var svg: String {
    let (width, height) = (layout.width + 2 * Self.margin, layout.height + 2 * Self.margin)
    var body = ""
    for route in layout.routes { body += arrow(route) }
    for (block, place) in zip(blocks.blocks, layout.places) { body += box(block, place) }
    return """
      <svg xmlns="http://www.w3.org/2000/svg" width="\(number(width))" height="\(number(height))" \
      viewBox="\(number(-Self.margin)) \(number(-Self.margin)) \(number(width)) \(number(height))" \
      role="img" aria-label="The graph \(HTML.escaped(HTML.clipped(name, to: 120)))">
      <style>\(Self.style)</style>
      <defs><marker id="head" viewBox="0 0 8 8" refX="7.4" refY="4" markerWidth="7" markerHeight="7" \
      orient="auto-start-reverse"><path class="head" d="M0 0.6 8 4 0 7.4z"/></marker></defs>
      <rect class="ground" x="\(number(-Self.margin))" y="\(number(-Self.margin))" width="100%" height="100%"/>
      \(body)</svg>

      """
  }

  private static let style = """
    .ground{fill:#fff}text{font:12px ui-monospace,"DejaVu Sans Mono",Menlo,monospace;fill:#1b2430;text-anchor:middle}\
    text.shape{fill:#5c6773}rect.box{stroke-width:1.2;rx:6px}path.edge{fill:none;stroke:#8893a0;stroke-width:1.3}\
    .head{fill:#8893a0}.weights{fill:#e6effb;stroke:#7ba3d8}.other{fill:#f3f4f6;stroke:#b6bec8}\
    .input{fill:#e3f5e9;stroke:#74b88c}.output{fill:#fdeedd;stroke:#dba764}\
    @media (prefers-color-scheme:dark){.ground{fill:#14181d}text{fill:#e6eaf0}text.shape{fill:#98a4b2}\
    .weights{fill:#1d2f47;stroke:#4a77b0}.other{fill:#22282f;stroke:#4a545f}.input{fill:#1a3524;stroke:#4d9166}\
    .output{fill:#3c2c17;stroke:#b07e3d}path.edge{stroke:#75808c}.head{fill:#75808c}}
    """

  private func box(_ block: GraphBlocks.Block, _ place: (x: Double, y: Double)) -> String {
    let size = Self.size(block)
    var text = ""
    for (index, line) in block.lines.enumerated() {
      let y = place.y + Self.inset / 2 + Double(index) * Self.line + 12.5
      let isShape = index == block.lines.count - 1
      text +=
        "<text\(isShape ? " class=\"shape\"" : "") x=\"\(number(place.x))\" y=\"\(number(y))\">"
        + "\(HTML.escaped(HTML.clipped(line, to: Self.mostLetters)))</text>"
    }
    return "<g><title>\(HTML.escaped(HTML.clipped(block.title, to: 2000)))</title>"
      + "<rect class=\"box \(block.kind.rawValue)\" x=\"\(number(place.x - size.width / 2))\" "
      + "y=\"\(number(place.y))\" width=\"\(number(size.width))\" height=\"\(number(size.height))\"/>"
      + "\(text)</g>\n"
  }

  /// Vertical at both ends of each part.
  private func arrow(_ route: [(x: Double, y: Double)]) -> String {
    var path = "M\(number(route[0].x)) \(number(route[0].y))"
    for (a, b) in zip(route, route.dropFirst()) {
      if abs(a.x - b.x) < 0.05 {
        path += "L\(number(b.x)) \(number(b.y))"
      } else {
        let middle = number((a.y + b.y) / 2)
        path += "C\(number(a.x)) \(middle) \(number(b.x)) \(middle) \(number(b.x)) \(number(b.y))"
      }
    }
    return "<path class=\"edge\" marker-end=\"url(#head)\" d=\"\(path)\"/>\n"
  }

  private func number(_ value: Double) -> String { Figures.places(value, 1) }
}
