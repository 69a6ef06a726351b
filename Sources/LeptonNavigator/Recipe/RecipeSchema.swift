/// The keys of a recipe as JSON Schema (draft 2020-12), for editors that complete and check YAML.
public struct RecipeSchema: Encodable {
  private let schema = "https://json-schema.org/draft/2020-12/schema"
  private let title = "Lepton recipe"
  private let root: Section

  enum CodingKeys: String, CodingKey {
    case schema = "$schema"
    case title
  }

  public init(_ keys: [ResolvedSetting]) { root = Section(keys[...].map { ($0.path[...], $0) }) }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(schema, forKey: .schema)
    try container.encode(title, forKey: .title)
    try root.encode(to: encoder)
  }

  private indirect enum Entry: Encodable {
    case key(ResolvedSetting)
    case section(Section)

    func encode(to encoder: any Encoder) throws {
      switch self {
      case .key(let setting): try Value(setting).encode(to: encoder)
      case .section(let section): try section.encode(to: encoder)
      }
    }
  }

  private struct Section: Encodable {
    let type = "object"
    let additionalProperties = false
    let properties: [String: Entry]
    let required: [String]

    /// Keys with what is left of their paths.
    init(_ keys: [(path: ArraySlice<String>, setting: ResolvedSetting)]) {
      properties = Dictionary(grouping: keys) { $0.path.first ?? "" }.mapValues { group in
        guard group[0].path.count > 1 else { return .key(group[0].setting) }
        return .section(Section(group.map { ($0.path.dropFirst(), $0.setting) }))
      }
      required = Set(keys.filter { $0.setting.fallback == nil }.compactMap(\.path.first)).sorted()
    }
  }

  private struct Value: Encodable {
    let description: String
    var type: String?
    var `enum`: [String]?
    var minimum: Double?
    var maximum: Double?
    var items: Items?
    var minItems: Int?
    var maxItems: Int?

    struct Items: Encodable {
      let type: String
      var `enum`: [String]?
      var minimum: Double?
      var maximum: Double?
    }

    init(_ setting: ResolvedSetting) {
      let fallback = setting.fallback.map { "; default \($0)" } ?? ""
      description = setting.meaning + fallback
      switch setting.type {
      case .text: type = "string"
      case .bool: type = "boolean"
      case .integer(let low, let high):
        (type, minimum) = ("integer", Double(low))
        maximum = high == .max ? nil : Double(high)
      case .number(let low, let high):
        (type, minimum) = ("number", low)
        maximum = high.isFinite ? high : nil
      case .choice(let words): `enum` = words
      case .choices(let words): (type, items) = ("array", Items(type: "string", enum: words))
      case .texts: (type, items) = ("array", Items(type: "string"))
      case .integers(let low, let high, let count):
        let most = high == .max ? nil : Double(high)
        (type, items) = ("array", Items(type: "integer", minimum: Double(low), maximum: most))
        (minItems, maxItems) = (count ?? 1, count)
      case .numbers(let low, let high):
        (type, items) = ("array", Items(type: "number", minimum: low, maximum: high))
        minItems = 1
      }
    }
  }
}
