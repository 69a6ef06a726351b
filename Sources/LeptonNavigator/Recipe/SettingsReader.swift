import LeptonValues

/// Reads a section of settings key by key and remembers what it was asked for: afterwards it knows which keys do not
/// exist, and what every key came to.
final class SettingsReader {
  private let entries: [Setting.Entry]
  private let place: String
  private let path: [String]
  private let file: String
  private var asked: [String] = []
  private var children: [SettingsReader] = []
  private let record: Record

  /// What every key came to, in the order of reading.
  final class Record {
    var settings: [ResolvedSetting] = []
  }

  convenience init(_ root: Setting, file: String) throws {
    try self.init(root, path: [], file: file, record: Record())
  }

  private init(_ setting: Setting, path: [String], file: String, record: Record) throws {
    switch setting.content {
    case .section(let entries): self.entries = entries
    case _ where setting.isNull: entries = []
    default:
      throw LeptonError(
        .usage, "'\(path.joined(separator: "."))' is a section of keys", at: setting.place,
        fix: "write key: value lines below it")
    }
    (place, self.path, self.file, self.record) = (setting.place, path, file, record)
  }

  var resolved: [ResolvedSetting] { record.settings }

  /// Refuses keys that nobody asked for, here and below.
  func finish() throws {
    if let stranger = entries.first(where: { !asked.contains($0.key) }) {
      let near = nearestSpelling(of: stranger.key, in: asked)
      let section = path.isEmpty ? "" : " of \(path.joined(separator: "."))"
      throw LeptonError(
        .usage, "'\(stranger.key)' is no key\(section)", at: stranger.place,
        fix: near.map { "did you mean '\($0)'?" } ?? "keys are \(asked.joined(separator: ", "))")
    }
    for child in children { try child.finish() }
  }
}

extension SettingsReader {
  func has(_ key: String) -> Bool { present(key) != nil }

  /// A section below this one; an empty one where it is left out.
  func section(_ key: String) throws -> SettingsReader {
    asked.append(key)
    let empty = Setting(content: .section([]), place: place)
    let child = try SettingsReader(
      present(key) ?? empty, path: path + [key], file: file, record: record)
    children.append(child)
    return child
  }

  func string(_ key: String, default fallback: String) throws -> String {
    try value(key, type: "text", default: fallback, show: quoted) { $0 }
  }

  func optionalString(_ key: String) throws -> String? {
    try optional(key, type: "text", show: quoted) { $0 }
  }

  func requiredString(_ key: String, example: String) throws -> String {
    guard has(key) else {
      asked.append(key)
      throw LeptonError(
        .usage, "'\(name(key))' is missing", at: place.isEmpty ? file : place,
        fix: "add for example \(key): \(example)")
    }
    return try string(key, default: "")
  }

  func requiredNumber(_ key: String, in range: ClosedRange<Double>) throws -> Double {
    guard let number = try optionalNumber(key, in: range) else {
      throw LeptonError(.usage, "'\(name(key))' is missing", at: place, fix: "give a number")
    }
    return number
  }

  func int(
    _ key: String, default fallback: Int, in range: ClosedRange<Int> = 1...Int.max
  ) throws -> Int {
    try value(key, type: "whole number \(text(range))", default: fallback) { integer($0, range) }
  }

  func optionalInt(_ key: String, in range: ClosedRange<Int> = 1...Int.max) throws -> Int? {
    try optional(key, type: "whole number \(text(range))") { integer($0, range) }
  }

  func number(
    _ key: String, default fallback: Double, in range: ClosedRange<Double>
  ) throws -> Double {
    try value(key, type: "number \(text(range))", default: fallback) { real($0, range) }
  }

  func optionalNumber(_ key: String, in range: ClosedRange<Double>) throws -> Double? {
    try optional(key, type: "number \(text(range))") { real($0, range) }
  }

  func bool(_ key: String, default fallback: Bool) throws -> Bool {
    try value(key, type: "true or false", default: fallback) {
      ["true": true, "false": false][$0]
    }
  }

  /// One of a few words.
  func choice<Choice: RawRepresentable & CaseIterable>(
    _ key: String, default fallback: Choice
  ) throws -> Choice where Choice.RawValue == String {
    let words = Choice.allCases.map(\.rawValue)
    return try value(
      key, type: words.joined(separator: " | "), default: fallback, show: \.rawValue, words: words
    ) { Choice(rawValue: $0) }
  }

  /// One of a few words, or none.
  func optionalChoice<Choice: RawRepresentable & CaseIterable>(
    _ key: String
  ) throws -> Choice? where Choice.RawValue == String {
    let words = Choice.allCases.map(\.rawValue)
    return try optional(
      key, type: words.joined(separator: " | "), show: \.rawValue, words: words
    ) { Choice(rawValue: $0) }
  }

  /// A list of some of a few words, each once.
  func choices<Choice: RawRepresentable & CaseIterable & Equatable>(
    _ key: String, default fallback: [Choice]
  ) throws -> [Choice] where Choice.RawValue == String {
    let words = Choice.allCases.map(\.rawValue)
    let type = "list of \(words.joined(separator: " | "))"
    func show(_ list: [Choice]) -> String {
      "[\(list.map(\.rawValue).joined(separator: ", "))]"
    }
    asked.append(key)
    guard let setting = present(key) else {
      note(key, show(fallback), type, default: show(fallback), source: "default")
      return fallback
    }
    guard case .list(let items) = setting.content else {
      throw refusal(key, setting, type, words: [])
    }
    var result: [Choice] = []
    for item in items {
      guard case .scalar(let text, _) = item.content, let choice = Choice(rawValue: text) else {
        throw refusal(key, item, type, words: words)
      }
      if !result.contains(choice) { result.append(choice) }
    }
    note(key, show(result), type, default: show(fallback), source: setting.place)
    return result
  }

  /// Two whole numbers, as `[28, 28]`; nil where left out.
  func optionalPair(_ key: String) throws -> (Int, Int)? {
    asked.append(key)
    let type = "pair of whole numbers"
    guard let setting = present(key) else {
      note(key, "null", type, default: "null", source: "default")
      return nil
    }
    guard case .list(let items) = setting.content, items.count == 2,
      let numbers = items.map({ item -> Int? in
        if case .scalar(let text, _) = item.content { Int(text) } else { nil }
      }) as? [Int], numbers.allSatisfy({ $0 > 0 })
    else { throw refusal(key, setting, type, words: []) }
    note(key, "\(numbers)", type, default: "null", source: setting.place)
    return (numbers[0], numbers[1])
  }

  /// A list of whole numbers, as `[128, 64]`; nil where left out.
  func optionalInts(_ key: String, in range: ClosedRange<Int>) throws -> [Int]? {
    asked.append(key)
    let type = "list of whole numbers \(text(range))"
    guard let setting = present(key) else {
      note(key, "null", type, default: "null", source: "default")
      return nil
    }
    guard case .list(let items) = setting.content, !items.isEmpty else {
      throw refusal(key, setting, type, words: [])
    }
    let numbers = try items.map { item -> Int in
      guard case .scalar(let text, _) = item.content, let number = integer(text, range) else {
        throw refusal(key, item, type, words: [])
      }
      return number
    }
    note(key, "\(numbers)", type, default: "null", source: setting.place)
    return numbers
  }

  /// A list of words; empty where left out.
  func strings(_ key: String) throws -> [String] {
    asked.append(key)
    let type = "list of text"
    guard let setting = present(key) else {
      note(key, "[]", type, default: "[]", source: "default")
      return []
    }
    guard case .list(let items) = setting.content else {
      throw refusal(key, setting, type, words: [])
    }
    let result = try items.map { item -> String in
      guard case .scalar(let text, _) = item.content else {
        throw refusal(key, item, type, words: [])
      }
      return text
    }
    let text = "[\(result.map(quoted).joined(separator: ", "))]"
    note(key, text, type, default: "[]", source: setting.place)
    return result
  }
}

extension SettingsReader {
  private func present(_ key: String) -> Setting? {
    entries.first { $0.key == key }.flatMap { $0.value.isNull ? nil : $0.value }
  }

  private func name(_ key: String) -> String { (path + [key]).joined(separator: ".") }

  private func note(_ key: String, _ text: String, _ type: String, default: String, source: String)
  {
    record.settings.append(
      ResolvedSetting(
        path: path + [key], value: text, type: type, fallback: `default`, source: source))
  }

  private func value<Content>(
    _ key: String, type: String, default fallback: Content,
    show: (Content) -> String = { "\($0)" }, words: [String] = [], parse: (String) -> Content?
  ) throws -> Content {
    asked.append(key)
    let setting = present(key)
    let result = try setting.map { try parsed(key, $0, type, words, parse) } ?? fallback
    note(
      key, show(result), type, default: show(fallback), source: setting?.place ?? "default")
    return result
  }

  private func optional<Content>(
    _ key: String, type: String, show: (Content) -> String = { "\($0)" }, words: [String] = [],
    parse: (String) -> Content?
  ) throws -> Content? {
    asked.append(key)
    let setting = present(key)
    let result = try setting.map { try parsed(key, $0, type, words, parse) }
    note(
      key, result.map(show) ?? "null", type, default: "null", source: setting?.place ?? "default")
    return result
  }

  private func parsed<Content>(
    _ key: String, _ setting: Setting, _ type: String, _ words: [String],
    _ parse: (String) -> Content?
  ) throws -> Content {
    guard case .scalar(let text, _) = setting.content, let value = parse(text) else {
      throw refusal(key, setting, type, words: words)
    }
    return value
  }

  private func refusal(
    _ key: String, _ setting: Setting, _ type: String, words: [String]
  ) -> LeptonError {
    let given: String
    switch setting.content {
    case .scalar(let text, _): given = "'\(text)'"
    case .list: given = "a list"
    case .section: given = "a section"
    }
    let near = nearestSpelling(of: given.trimmingQuotes, in: words)
    return LeptonError(
      .usage, "\(name(key)) is \(given)", at: setting.place,
      fix: near.map { "did you mean '\($0)'?" } ?? "give a \(type)")
  }

  private func quoted(_ text: String) -> String {
    let isPlain =
      !text.isEmpty && text.allSatisfy { $0.isLetter || $0.isNumber || "_-./".contains($0) }
    let isWord = isPlain && Double(text) == nil && !["null", "true", "false"].contains(text)
    return isWord
      ? text : "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }

  private func integer(_ text: String, _ range: ClosedRange<Int>) -> Int? {
    Int(text).flatMap { range.contains($0) ? $0 : nil }
  }

  private func real(_ text: String, _ range: ClosedRange<Double>) -> Double? {
    Double(text).flatMap { range.contains($0) ? $0 : nil }
  }

  private func text(_ range: ClosedRange<Int>) -> String {
    range.upperBound == .max ? "from \(range.lowerBound)" : "in \(range)"
  }

  private func text(_ range: ClosedRange<Double>) -> String {
    range.upperBound == .infinity ? "from \(range.lowerBound)" : "in \(range)"
  }
}

extension String {
  fileprivate var trimmingQuotes: String { String(drop { $0 == "'" }.prefix { $0 != "'" }) }
}
