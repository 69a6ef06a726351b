import LeptonValues

/// Bounds on what a small file may expand to by loops, branches and functions within each other.
struct ExpansionBudget {
  private static let mostNodes = 200_000
  private static let mostDepth = 32
  /// Rounds of one loop.
  static let mostRounds = 4096

  private static let mostChoices = 64

  private var nodes = 0
  private var choices = 0
  private var depth = 0

  /// Counts a node.
  mutating func spend() throws {
    nodes += 1
    guard nodes <= Self.mostNodes else {
      throw LeptonError(
        .badInput, "the file expands to more than \(Self.mostNodes) nodes",
        fix: "export it with fewer rounds of its loops")
    }
  }

  /// Whether both branches of one more condition may be read.
  mutating func mayChoose() -> Bool {
    choices += 1
    return choices <= Self.mostChoices
  }

  /// Enters a subgraph or function; `leave` follows.
  mutating func enter() throws {
    depth += 1
    guard depth <= Self.mostDepth else {
      throw LeptonError(
        .badInput, "subgraphs or functions lie more than \(Self.mostDepth) deep in each other",
        fix: "a function must not call itself")
    }
  }

  mutating func leave() { depth -= 1 }
}
