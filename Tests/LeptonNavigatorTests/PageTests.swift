import Foundation
import LeptonData
import LeptonNavigator
import LeptonValues
import Testing

@Suite("Pages")
struct PageTests {
  /// Elements that pages are made of.
  static let elements: Set<String> = [
    "!doctype", "html", "head", "meta", "title", "style", "body", "main", "header", "h1", "h2",
    "h3",
    "p", "b", "i", "a", "ul", "li", "dl", "dt", "dd", "div", "span", "small", "bdi", "table", "tr",
    "th", "td", "pre", "details", "summary", "section", "figure", "figcaption", "img", "svg", "g",
    "rect", "line", "path", "circle", "text",
  ]

  /// The names of all elements that a page opens or closes, outside its style.
  static func elements(of page: String) -> Set<String> {
    let parts = page.components(separatedBy: "<").dropFirst()
    return Set(
      parts.map { part in
        String(part.drop { $0 == "/" }.prefix { $0.isLetter || $0.isNumber || $0 == "!" })
      })
  }

  @Test("Names that are markup stay text", .timeLimit(.minutes(2)))
  func hostileNames() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("lepton-page-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let classes = [
      "<script>alert(1)</script>", "'\"><img src=x onerror=alert(2)>", "{{7*7}} & \u{202E}x",
    ]
    var csv = "first,second,what\n"
    for row in 0..<240 {
      let name = classes[row % 3].replacingOccurrences(of: "\"", with: "\"\"")
      csv += "\(Double(row % 3) + Double(row % 7) / 20),\(Double(row % 11)),\"\(name)\"\n"
    }
    let file = folder.appendingPathComponent("points.csv")
    try Data(csv.utf8).write(to: file)
    let recipe = try Recipe(
      yaml: """
        name: "<svg onload=alert(3)>"
        data: {spec: "\(file.path)", calibration: 0.1}
        model: {architecture: mlp}
        training: {epochs: 2, batch: 16}
        compression: {candidates: [f32, int8], calibration: {examples: 16}}
        """)
    var run = Run(recipe, output: folder.appendingPathComponent("run"))
    run.speed.seconds = 0.01
    run.speed.minimumRuns = 5
    run.speed.rounds = 2
    let report = try run.execute()
    let page = try String(contentsOf: URL(fileURLWithPath: report.page), encoding: .utf8)
    #expect(Self.elements(of: page).subtracting(Self.elements).isEmpty)
    #expect(page.contains("&lt;svg onload=alert(3)&gt;") && page.contains("&lt;script&gt;"))
    #expect(page.contains("{{7*7}}") && !page.contains("src=x onerror=alert(2)>"))
    // Nothing is fetched, and a policy forbids it.
    #expect(page.contains("default-src 'none'"))
    #expect(!page.contains("src=\"http") && !page.contains("url(") && !page.contains("@import"))
    #expect(report.layers.count == 3 && report.layers.allSatisfy { $0.sensitivity != nil })
    #expect(report.costs.count == (try PriceTable.builtIn()).prices.count)
    #expect(report.data.classCounts["train"]?.count == 3)
    #expect(report.reproduction.recipe == recipe.yaml)
  }

  @Test("Text is escaped for content and for attributes, control characters left out")
  func escapes() {
    #expect(
      HTML.escaped("<a href='x'>\"&\u{0}\u{8}\n")
        == "&lt;a href=&#39;x&#39;&gt;&quot;&amp;\u{FFFD}\u{FFFD}\n")
    #expect(HTML.name(String(repeating: "x", count: 1_000_000)).utf8.count < 200)
  }
}
