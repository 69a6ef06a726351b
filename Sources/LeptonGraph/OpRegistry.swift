import LeptonValues

/// The operations that a reader of text or files knows, by name.
public struct OpRegistry: Sendable {
  public let types: [any Op.Type]
  private let byName: [String: any Op.Type]

  public init(_ types: [any Op.Type]) {
    self.types = types
    byName = Dictionary(types.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The operation called `name`. Throws with the nearest right spelling.
  public func type(named name: String) throws -> any Op.Type {
    if let type = byName[name] { return type }
    let near = nearestSpelling(of: name, in: byName.keys.sorted())
    throw LeptonError(
      .badInput, "unknown operation '\(name)'", fix: near.map { "did you mean '\($0)'?" } ?? "")
  }
}
