/// What a key of a recipe came to, and why.
public struct ResolvedSetting: Sendable, Hashable, Codable {
  /// `["training", "epochs"]`
  public var path: [String]
  /// As YAML writes it.
  public var value: String
  /// What may be given: `whole number from 1`.
  public var type: String
  /// What holds where the key is left out; `null` for nothing.
  public var fallback: String
  /// `recipe.yml:12`, `--set training.epochs` or `default`.
  public var source: String

  /// `training.epochs`
  public var key: String { path.joined(separator: ".") }
}

extension [ResolvedSetting] {
  /// The settings as a YAML file that reads back as the same recipe.
  public var yaml: String {
    var lines: [String] = []
    var open: [String] = []
    for setting in self {
      let sections = setting.path.dropLast()
      let shared = zip(open, sections).prefix { $0 == $1 }.count
      for depth in shared..<sections.count {
        lines.append(String(repeating: "  ", count: depth) + "\(sections[depth]):")
      }
      open = [String](sections)
      let indent = String(repeating: "  ", count: sections.count)
      lines.append("\(indent)\(setting.path.last ?? ""): \(setting.value)")
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
