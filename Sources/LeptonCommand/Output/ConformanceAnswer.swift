import Foundation
import LeptonONNX

/// How many cases pass, altogether and by operator, and why the others do not.
struct ConformanceAnswer: Answer {
  struct Counts: Encodable {
    var passed = 0
    var failed = 0
    var unsupported = 0

    var total: Int { passed + failed + unsupported }

    mutating func add(_ outcome: NodeCaseOutcome) {
      switch outcome {
      case .passed: passed += 1
      case .failed: failed += 1
      case .unsupported: unsupported += 1
      }
    }
  }

  struct Case: Encodable {
    let name: String
    let operators: [String]
    let outcome: String
    let reason: String
  }

  private(set) var total = Counts()
  /// By the operators of the case, joined; models of many nodes stand together.
  private(set) var operators: [String: Counts] = [:]
  private(set) var cases: [Case] = []
  /// Required cases that do not pass; nil where none were required.
  private(set) var missing: [String]?
  /// Cases that pass and are not required.
  private(set) var unlisted: [String]?

  private static let several = "(several)"

  mutating func add(_ name: String, _ types: [String], _ outcome: NodeCaseOutcome) {
    total.add(outcome)
    operators[types.count <= 2 ? types.joined(separator: "+") : Self.several, default: Counts()]
      .add(outcome)
    cases.append(
      Case(name: name, operators: types, outcome: outcome.name, reason: outcome.reason))
  }

  var passing: [String] { cases.filter { $0.outcome == "passed" }.map(\.name) }

  /// - Parameter isMeant: which of the required cases ran; nil: all.
  mutating func compare(with required: CaseNames, among isMeant: ((String) -> Bool)?) {
    let passing = Set(passing)
    let names = Set(required.names)
    missing = names.filter { isMeant?($0) ?? true }.subtracting(passing).sorted()
    unlisted = passing.subtracting(names).sorted()
  }

  var text: String {
    var table = Table([
      ("operators", .prose), ("passed", .right), ("failed", .right), ("unsupported", .right),
    ])
    for (types, counts) in operators.sorted(by: { $0.key < $1.key })
    where counts.passed < counts.total {
      table.add([types, "\(counts.passed)", "\(counts.failed)", "\(counts.unsupported)"])
    }
    let whole = operators.count { $0.value.passed == $0.value.total }
    var text = total.passed == total.total ? "" : table.text() + "\n"
    text += reasons("failed") + reasons("unsupported")
    text += "\(whole) of \(operators.count) operators pass all of their cases\n"
    if let unlisted, !unlisted.isEmpty {
      text += "pass and are not required: \(unlisted.joined(separator: ", "))\n"
    }
    return text + "\(total.passed) passed, \(total.failed) failed, "
      + "\(total.unsupported) unsupported of \(total.total) cases\n"
  }

  /// The reasons of an outcome, the most frequent first, with the cases of the rare ones.
  private func reasons(_ outcome: String) -> String {
    let cases = cases.filter { $0.outcome == outcome }
    let groups = Dictionary(grouping: cases) { $0.reason.withoutPlace }
    if groups.isEmpty { return "" }
    var table = Table([(outcome, .right), ("reason", .left), ("for example", .left)])
    for (reason, cases) in groups.sorted(by: { ($1.value.count, $0.key) < ($0.value.count, $1.key) }
    ) {
      table.add(["\(cases.count)", reason, cases[0].name])
    }
    return table.text() + "\n"
  }
}

extension NodeCaseOutcome {
  var name: String {
    switch self {
    case .passed: "passed"
    case .failed: "failed"
    case .unsupported: "unsupported"
    }
  }

  var reason: String {
    switch self {
    case .passed: ""
    case .failed(let reason), .unsupported(let reason): reason
    }
  }

  /// `failed: output 'y': ...`
  var text: String { reason.isEmpty ? name : "\(name): \(reason)" }
}

extension String {
  /// Without the name of a node, so that equal reasons are one.
  fileprivate var withoutPlace: String {
    guard hasPrefix("node '"), let end = range(of: "): ") else { return self }
    return String(self[end.upperBound...])
  }
}
