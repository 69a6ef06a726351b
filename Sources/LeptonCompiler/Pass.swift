public import LeptonGraph

/// One rewriting of a graph into an equal, better one.
public struct Pass: Sendable {
  /// The name on the command line: `lepton inspect --after fuse-elementwise`.
  public let name: String
  private let rewrite: @Sendable (Graph) throws -> Graph

  public init(_ name: String, _ rewrite: @escaping @Sendable (Graph) throws -> Graph) {
    self.name = name
    self.rewrite = rewrite
  }

  public func callAsFunction(_ graph: Graph) throws -> Graph { try rewrite(graph) }
}
