import Foundation
import LeptonValues
import Yams

/// A piece of a YAML file, with the place where it stands.
struct Setting: Sendable {
  indirect enum Content: Sendable {
    /// Text as written; whether it was quoted, and so is text whatever it looks like.
    case scalar(String, isQuoted: Bool)
    case list([Setting])
    case section([Entry])
  }

  struct Entry: Sendable {
    var key: String
    /// Of the key.
    var place: String
    var value: Setting
  }

  var content: Content
  /// `recipe.yml:12`, or `--set training.epochs`.
  var place: String
  /// Given on the command line or in the environment, not in the file.
  var isFromCommandLine = false
}

extension Setting {
  /// Parses YAML. `file` is what errors call it.
  ///
  /// - Throws: `LeptonError` of kind `usage` with the line.
  init(yaml text: String, file: String) throws {
    guard text.utf8.count <= Self.mostBytes else {
      throw LeptonError(
        .usage, "this is larger than \(Self.mostBytes) bytes", at: file,
        fix: "is it the right file?")
    }
    do {
      guard let node = try compose(yaml: text) else {
        self.init(content: .section([]), place: file)
        return
      }
      var budget = Self.mostPieces
      try self.init(node, file: file, &budget)
    } catch let error as YamlError {
      throw Self.refusal(of: error, file: file)
    }
  }

  /// One value from the command line, as YAML writes it: `3`, `adam`, `[f32, int8]`.
  init(commandLine text: String, path: String) throws {
    var setting = try Setting(yaml: text, file: path)
    setting.markFromCommandLine(as: path)
    self = setting
  }

  private static let mostBytes = 1 << 20
  /// Aliases can make much of a few lines.
  private static let mostPieces = 10_000

  private init(_ node: Node, file: String, _ budget: inout Int) throws {
    let place = "\(file):\(node.mark?.line ?? 1)"
    budget -= 1
    guard budget > 0 else {
      throw LeptonError(
        .usage, "this comes to more than \(Self.mostPieces) values", at: place,
        fix: "write aliases out")
    }
    switch node {
    case .scalar(let scalar):
      let isQuoted = scalar.style == .singleQuoted || scalar.style == .doubleQuoted
      self.init(content: .scalar(scalar.string, isQuoted: isQuoted), place: place)
    case .sequence(let items):
      self.init(
        content: .list(try items.map { try Setting($0, file: file, &budget) }), place: place)
    case .mapping(let pairs):
      let entries = try pairs.map { key, value in
        guard let name = key.scalar?.string else {
          throw LeptonError(.usage, "a key is no plain word", at: place, fix: "write key: value")
        }
        return Entry(
          key: name, place: "\(file):\(key.mark?.line ?? 1)",
          value: try Setting(value, file: file, &budget))
      }
      self.init(content: .section(entries), place: place)
    case .alias:
      throw LeptonError(
        .usage, "aliases are not understood here", at: place, fix: "write the value out")
    }
  }

  private static func refusal(of error: YamlError, file: String) -> LeptonError {
    switch error {
    case .scanner(let context, let problem, let mark, _),
      .parser(let context, let problem, let mark, _),
      .composer(let context, let problem, let mark, _):
      let detail = [context?.text, problem].compactMap(\.self).joined(separator: ": ")
      return LeptonError(.usage, "this is not YAML: \(detail)", at: "\(file):\(mark.line)")
    case .duplicatedKeysInMapping(let keys, let context):
      let names = keys.map { "'\($0)'" }.joined(separator: ", ")
      return LeptonError(
        .usage, "\(names) is given twice", at: "\(file):\(context.mark.line)",
        fix: "keep one of them")
    default: return LeptonError(.usage, "this is not YAML: \(error)", at: file)
    }
  }
}

extension Setting {
  /// Puts `value` at `path`, making sections on the way.
  ///
  /// - Throws: `LeptonError` of kind `usage` where something else than a section is in the way.
  mutating func set(_ path: ArraySlice<String>, to value: Setting) throws {
    guard let key = path.first else {
      self = value
      return
    }
    // A section of which nothing is set yet.
    if isNull { content = .section([]) }
    guard case .section(var entries) = content else {
      throw LeptonError(
        .usage, "there is a value where '\(key)' should go", at: value.place,
        fix: "set the whole of it")
    }
    let index = entries.firstIndex { $0.key == key } ?? entries.count
    if index == entries.count {
      let empty = Setting(content: .section([]), place: value.place)
      entries.append(Entry(key: key, place: value.place, value: empty))
    }
    if path.count == 1 { entries[index].place = value.place }
    try entries[index].value.set(path.dropFirst(), to: value)
    content = .section(entries)
  }

  /// Where a plain value stands for the section `key`, makes it the section that has the value for `inner`.
  mutating func expand(_ key: String, to inner: String) {
    guard case .section(var entries) = content,
      let index = entries.firstIndex(where: { $0.key == key }),
      case let value = entries[index].value, case .scalar = value.content, !value.isNull
    else { return }
    entries[index].value.content = .section([Entry(key: inner, place: value.place, value: value)])
    content = .section(entries)
  }

  private mutating func markFromCommandLine(as place: String) {
    self.place = place
    isFromCommandLine = true
    switch content {
    case .scalar: break
    case .list(var items):
      for index in items.indices { items[index].markFromCommandLine(as: place) }
      content = .list(items)
    case .section(var entries):
      for index in entries.indices {
        entries[index].place = place
        entries[index].value.markFromCommandLine(as: place)
      }
      content = .section(entries)
    }
  }

  /// Whether it says that there is nothing: `null`, `~`, or an empty value.
  var isNull: Bool {
    if case .scalar(let text, isQuoted: false) = content {
      return ["", "null", "~", "Null", "NULL"].contains(text)
    }
    return false
  }
}
