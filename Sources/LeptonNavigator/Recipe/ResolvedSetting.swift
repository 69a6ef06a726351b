/// What a key of a recipe came to, and why.
public struct ResolvedSetting: Sendable, Hashable, Codable {
  /// `["training", "epochs"]`
  public var path: [String]
  /// As YAML writes it.
  public var value: String
  /// What may be given.
  public var type: SettingType
  /// What holds where the key is left out: `null` for nothing; nil where it must be given.
  public var fallback: String?
  /// `recipe.yml:12`, `--set training.epochs`, `LEPTON_TRAINING_EPOCHS` or `default`.
  public var source: String
  /// What it decides, in a few words.
  public var meaning: String

  /// `training.epochs`
  public var key: String { path.joined(separator: ".") }

  /// The variable of the environment that sets it: `LEPTON_TRAINING_EPOCHS`.
  public var variable: String { RecipeEnvironment.variable(path) }
}

extension [ResolvedSetting] {
  /// The settings as a YAML file that reads back as the same recipe.
  public var yaml: String { yaml { "\($0): \($1.value)" } }

  /// A recipe to begin with: every key at its default, in comments but for those that must be given.
  public var template: String {
    yaml { key, setting in
      let remark = "  # \(setting.meaning); \(setting.type)"
      guard let fallback = setting.fallback else { return "\(key): \(setting.value)\(remark)" }
      return "# \(key): \(fallback)\(remark)"
    }
  }

  private func yaml(_ line: (String, ResolvedSetting) -> String) -> String {
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
      lines.append(indent + line(setting.path.last ?? "", setting))
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
