package import LeptonValues

/// Rows, or files, that are skipped because something is wrong with them: counted and listed, up to a limit at which
/// reading them on would hide a mistake.
package struct BadRows {
  /// What they are called: `rows`, `files`.
  private let noun: String
  /// What the user allowed; nil allows 100, and no more than one in a hundred.
  private let allowed: Int?
  package private(set) var errors: [LeptonError] = []

  package init(_ noun: String = "rows", allowed: Int?) {
    (self.noun, self.allowed) = (noun, allowed)
  }

  package var count: Int { errors.count }

  /// Skips one.
  ///
  /// - Throws: the first error, where this is one too many.
  package mutating func add(_ error: LeptonError) throws {
    errors.append(error)
    if errors.count > allowed ?? Self.limit { throw refusal() }
  }

  /// - Parameter total: how many there were, with the bad ones.
  /// - Throws: the first error, where more than one in a hundred is bad and nothing else was allowed.
  package func verify(total: Int) throws {
    guard allowed == nil, count * 100 > total else { return }
    throw refusal(of: total)
  }

  /// What was skipped, a sentence each: the first few, and how many more.
  package func notes(at place: String) -> [String] {
    guard let first = errors.first else { return [] }
    let shown = errors.prefix(5).map { "\($0.place): \($0.what)" }
    let more = count > shown.count ? "; and \(count - shown.count) more" : ""
    return count == 1
      ? ["one of the \(noun) of \(place) was skipped: \(first.place): \(first.what)"]
      : ["\(count) \(noun) of \(place) were skipped: " + shown.joined(separator: "; ") + more]
  }

  private static let limit = 100

  private func refusal(of total: Int? = nil) -> LeptonError {
    var error = errors[0]
    let all = total.map { " of \($0)" } ?? ""
    if count > 1 { error.what += " (the first of \(count) bad \(noun)\(all))" }
    error.fix += ", or let it be skipped: data.max_bad in the recipe"
    return error
  }
}
