/// A handle on one value of a graph. Means something only together with its graph.
public struct Value: Sendable, Hashable, Codable {
  public let id: Int
  package init(id: Int) { self.id = id }
}

extension Value: CustomStringConvertible {
  public var description: String { "%\(id)" }
}
