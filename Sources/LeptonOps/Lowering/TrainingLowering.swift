public import LeptonGraph
import LeptonValues

/// What an operation works with while it is lowered for training: the graph under construction,
/// randomness, and state to update.
public struct TrainingLowering: Sendable {
  /// The data input that seeds all random bits of a run: two numbers, i64.
  public static let randomKeyName = "random_key"

  public var builder: GraphBuilder
  /// The next value of each state that training updates by itself, in order.
  private(set) var updates: [(state: Graph.Port, next: Value)] = []
  private var streams = 0

  init(_ builder: GraphBuilder) { self.builder = builder }

  /// The key of all random bits of a run; the input is made when it is first asked for.
  public mutating func randomKey() throws -> Value {
    let type = TensorType(.i64, [2])
    guard let port = builder.graph.input(named: Self.randomKeyName) else {
      return builder.input(Self.randomKeyName, type)
    }
    guard builder.type(of: port.value) == type, port.role == .data else {
      throw LeptonError(
        .badInput, "input '\(port.name)' is \(builder.type(of: port.value)), a key is \(type)",
        fix: "give that input another name")
    }
    return port.value
  }

  /// A number that no other source of random bits in the graph has.
  public mutating func nextStream() -> Int {
    defer { streams += 1 }
    return streams
  }

  /// Says that a run changes `state`, an input of the graph that stays between runs, to `next`.
  public mutating func update(_ state: Value, to next: Value) throws {
    guard let port = builder.graph.inputs.first(where: { $0.value == state }), port.isResident
    else {
      throw LeptonError(
        .badInput, "\(state) is updated by training, and is not a state of the graph",
        at: builder.scope, fix: "make it an input with the role of a state")
    }
    guard !updates.contains(where: { $0.state == port }) else {
      throw LeptonError(
        .badInput, "state '\(port.name)' is updated twice in one run", at: builder.scope,
        fix: "give each layer statistics of its own")
    }
    updates.append((port, next))
  }
}
