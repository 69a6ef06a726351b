/// What went wrong, where, and what to do about it. Every error that a user can cause is one.
public struct LeptonError: Error, Sendable, Hashable {
  /// Whose move is next; each kind has its exit code on the command line.
  public enum Kind: String, Sendable, Hashable {
    /// A flag, key or value that does not exist (exit code 2).
    case usage
    /// Data, model or recipe that cannot be used as it is (3).
    case badInput
    /// A requirement that no candidate meets, or a resource that is short (4).
    case infeasible
    /// Reading or writing failed (5).
    case io
    /// A defect of this package (70).
    case defect
    /// Interrupted by the user, after saving (130).
    case interrupted

    public var exitCode: Int32 {
      switch self {
      case .usage: 2
      case .badInput: 3
      case .infeasible: 4
      case .io: 5
      case .defect: 70
      case .interrupted: 130
      }
    }
  }

  public var kind: Kind
  /// One sentence: what is wrong, with the offending values.
  public var what: String
  /// A file with line or byte, a node, a key; empty where there is no better place than `what`.
  public var place: String
  /// What would mend it; empty where only the reader can know.
  public var fix: String

  public init(_ kind: Kind, _ what: String, at place: String = "", fix: String = "") {
    self.kind = kind
    self.what = what
    self.place = place
    self.fix = fix
  }
}

extension LeptonError: CustomStringConvertible {
  /// `place: what; fix`
  public var description: String {
    (place.isEmpty ? "" : "\(place): ") + what + (fix.isEmpty ? "" : "; \(fix)")
  }
}

extension LeptonError {
  /// The same error, said of a wider place: `graph node 3: matmul: ...`.
  public func within(_ outer: String) -> LeptonError {
    LeptonError(kind, what, at: place.isEmpty ? outer : "\(outer): \(place)", fix: fix)
  }
}
