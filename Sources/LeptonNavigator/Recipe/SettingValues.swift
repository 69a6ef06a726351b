import LeptonValues

/// The kinds of values that keys have. Each reads, refuses what is none of the kind, and notes what the key came to.
extension SettingsReader {
  func string(_ key: String, default fallback: String, means meaning: String) throws -> String {
    try value(key, .text, default: fallback, meaning, show: quoted) { $0 }
  }

  func optionalString(_ key: String, means meaning: String) throws -> String? {
    try optional(key, .text, meaning, show: quoted) { $0 }
  }

  func requiredString(_ key: String, example: String, means meaning: String) throws -> String {
    try required(key, .text, example: example, meaning, show: quoted) { $0 }
  }

  func requiredNumber(
    _ key: String, in range: ClosedRange<Double>, example: String, means meaning: String
  ) throws -> Double {
    try required(key, .number(in: range), example: example, meaning) { real($0, range) }
  }

  func int(
    _ key: String, default fallback: Int, in range: ClosedRange<Int> = 1...Int.max,
    means meaning: String
  ) throws -> Int {
    try value(key, .integer(in: range), default: fallback, meaning) { integer($0, range) }
  }

  func optionalInt(
    _ key: String, in range: ClosedRange<Int> = 1...Int.max, means meaning: String
  ) throws -> Int? {
    try optional(key, .integer(in: range), meaning) { integer($0, range) }
  }

  func number(
    _ key: String, default fallback: Double, in range: ClosedRange<Double>, means meaning: String
  ) throws -> Double {
    try value(key, .number(in: range), default: fallback, meaning) { real($0, range) }
  }

  func optionalNumber(
    _ key: String, in range: ClosedRange<Double>, means meaning: String
  ) throws -> Double? {
    try optional(key, .number(in: range), meaning) { real($0, range) }
  }

  func bool(_ key: String, default fallback: Bool, means meaning: String) throws -> Bool {
    try value(key, .bool, default: fallback, meaning) { ["true": true, "false": false][$0] }
  }

  /// One of a few words.
  func choice<Choice: RawRepresentable & CaseIterable>(
    _ key: String, default fallback: Choice, means meaning: String
  ) throws -> Choice where Choice.RawValue == String {
    try value(key, .choice(words(Choice.self)), default: fallback, meaning, show: \.rawValue) {
      Choice(rawValue: $0)
    }
  }

  /// One of a few words, or none.
  func optionalChoice<Choice: RawRepresentable & CaseIterable>(
    _ key: String, means meaning: String
  ) throws -> Choice? where Choice.RawValue == String {
    try optional(key, .choice(words(Choice.self)), meaning, show: \.rawValue) {
      Choice(rawValue: $0)
    }
  }

  /// A list of some of a few words, each once.
  func choices<Choice: RawRepresentable & CaseIterable & Equatable>(
    _ key: String, default fallback: [Choice], means meaning: String
  ) throws -> [Choice] where Choice.RawValue == String {
    let type = SettingType.choices(words(Choice.self))
    return try list(key, type, default: fallback, meaning, show: \.rawValue) {
      Choice(rawValue: $0)
    }.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  /// A list of words; empty where left out.
  func strings(_ key: String, means meaning: String) throws -> [String] {
    try list(key, .texts, default: [], meaning, show: quoted) { $0 }
  }

  /// Two whole numbers above 0, as `[28, 28]`; nil where left out.
  func optionalPair(_ key: String, means meaning: String) throws -> (Int, Int)? {
    try integers(key, in: 1...Int.max, count: 2, meaning).map { ($0[0], $0[1]) }
  }

  /// One whole number or more, as `[128, 64]`; nil where left out.
  func optionalInts(
    _ key: String, in range: ClosedRange<Int>, means meaning: String
  ) throws -> [Int]? {
    try integers(key, in: range, count: nil, meaning)
  }

  /// One number or more, as `[0.5, 0.4]`; nil where left out.
  func optionalNumbers(
    _ key: String, in range: ClosedRange<Double>, means meaning: String
  ) throws -> [Double]? {
    let type = SettingType.numbers(from: range.lowerBound, through: range.upperBound)
    return try optionalList(key, type, count: nil, meaning) { real($0, range) }
  }

  private func integers(
    _ key: String, in range: ClosedRange<Int>, count: Int?, _ meaning: String
  ) throws -> [Int]? {
    let type = SettingType.integers(
      from: range.lowerBound, through: range.upperBound, count: count)
    return try optionalList(key, type, count: count, meaning) { integer($0, range) }
  }

  private func optionalList<Content>(
    _ key: String, _ type: SettingType, count: Int?, _ meaning: String,
    parse: (String) -> Content?
  ) throws -> [Content]? {
    let setting = try given(key)
    let numbers = try setting.map { setting in
      guard case .list(let items) = setting.content, !items.isEmpty,
        items.count == count ?? items.count
      else { throw refusal(key, setting, type) }
      return try items.map { try parsed(key, $0, type, parse) }
    }
    note(
      key, setting, value: numbers.map { "\($0)" } ?? "null", type: type, fallback: "null",
      means: meaning)
    return numbers
  }
}

extension SettingsReader {
  private func value<Content>(
    _ key: String, _ type: SettingType, default fallback: Content, _ meaning: String,
    show: (Content) -> String = { "\($0)" }, parse: (String) -> Content?
  ) throws -> Content {
    let setting = try given(key)
    let result = try setting.map { try parsed(key, $0, type, parse) } ?? fallback
    note(
      key, setting, value: show(result), type: type, fallback: show(fallback), means: meaning)
    return result
  }

  private func optional<Content>(
    _ key: String, _ type: SettingType, _ meaning: String,
    show: (Content) -> String = { "\($0)" }, parse: (String) -> Content?
  ) throws -> Content? {
    let setting = try given(key)
    let result = try setting.map { try parsed(key, $0, type, parse) }
    note(
      key, setting, value: result.map(show) ?? "null", type: type, fallback: "null",
      means: meaning)
    return result
  }

  private func required<Content>(
    _ key: String, _ type: SettingType, example: String, _ meaning: String,
    show: (Content) -> String = { "\($0)" }, parse: (String) -> Content?
  ) throws -> Content {
    guard let setting = try given(key) else {
      throw LeptonError(
        .usage, "'\(name(key))' is missing", at: place, fix: "add for example \(key): \(example)")
    }
    let result = try parsed(key, setting, type, parse)
    note(key, setting, value: show(result), type: type, fallback: nil, means: meaning)
    return result
  }

  private func list<Content>(
    _ key: String, _ type: SettingType, default fallback: [Content], _ meaning: String,
    show: (Content) -> String, parse: (String) -> Content?
  ) throws -> [Content] {
    let setting = try given(key)
    let result =
      try setting.map { setting in
        guard case .list(let items) = setting.content else { throw refusal(key, setting, type) }
        return try items.map { try parsed(key, $0, type, parse) }
      } ?? fallback
    func text(_ list: [Content]) -> String { "[\(list.map(show).joined(separator: ", "))]" }
    note(
      key, setting, value: text(result), type: type, fallback: text(fallback), means: meaning)
    return result
  }

  private func parsed<Content>(
    _ key: String, _ setting: Setting, _ type: SettingType, _ parse: (String) -> Content?
  ) throws -> Content {
    guard case .scalar(let text, _) = setting.content, let value = parse(text) else {
      throw refusal(key, setting, type)
    }
    return value
  }

  private func refusal(_ key: String, _ setting: Setting, _ type: SettingType) -> LeptonError {
    let (what, word): (String, String) =
      switch setting.content {
      case .scalar(let text, _): ("'\(text)'", text)
      case .list: ("a list", "")
      case .section: ("a section", "")
      }
    let near = nearestSpelling(of: word, in: type.words)
    return LeptonError(
      .usage, "\(name(key)) is \(what)", at: setting.place,
      fix: near.map { "did you mean '\($0)'?" } ?? "give a \(type)")
  }

  private func name(_ key: String) -> String { (path + [key]).joined(separator: ".") }

  private func words<Choice: RawRepresentable & CaseIterable>(_: Choice.Type) -> [String]
  where Choice.RawValue == String { Choice.allCases.map(\.rawValue) }

  /// As YAML writes text: in quotes where it could be read as something else.
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
}

extension SettingType {
  fileprivate static func integer(in range: ClosedRange<Int>) -> SettingType {
    .integer(from: range.lowerBound, through: range.upperBound)
  }

  fileprivate static func number(in range: ClosedRange<Double>) -> SettingType {
    .number(from: range.lowerBound, through: range.upperBound)
  }
}
