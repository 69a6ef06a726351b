import LeptonGraph
import LeptonOps
import LeptonValues

/// What a recurrent cell does in one step.
protocol RecurrentCell {
  /// Parts that the weights have, one below the other.
  static var gateCount: Int { get }

  /// The next state out of the projected input `[B, gates·H]` and the state, nil for zeros: the
  /// hidden values `[B, H]` first.
  func step(
    _ x: Value, _ state: [Value]?, _ weights: RecurrentWeights, _ b: inout GraphBuilder
  ) throws -> [Value]
}

/// The weights of one direction.
struct RecurrentWeights {
  let hidden: Int
  /// `[gates·H, H]`
  let recurrent: Value
  /// `[gates·H]`; nil for zeros.
  let recurrentBias: Value?
}

/// An LSTM or GRU over a sequence of known length, written step after step.
struct Recurrence {
  private let node: ONNXNode
  private let steps: Int
  private let hidden: Int
  private let directions: [Bool]
  /// Sequences that are written out; longer ones would make graphs that nobody wants to wait for.
  private static let longestSequence = 1024

  /// Throws for the variants that PyTorch does not export.
  init(_ node: ONNXNode, _ context: inout ONNXReadContext) throws {
    let x = context.builder.shape(of: try node.input(0))
    let recurrent = context.builder.shape(of: try node.input(2))
    guard x.rank == 3, recurrent.rank == 3, 1...Self.longestSequence ~= x[0] else {
      throw node.error("a sequence \(x) with recurrent weights \(recurrent)")
    }
    for name in ["clip", "input_forget", "layout"] where node.attributes[name] != nil {
      guard node.int(name, default: 0) == 0, node.float(name, default: 0) == 0 else {
        throw node.error("\(name) is not supported")
      }
    }
    let activations = node.string("activations", default: "").split(separator: ",")
    let isUsual = zip(activations, ["Sigmoid", "Tanh", "Tanh", "Sigmoid", "Tanh", "Tanh"])
      .allSatisfy { $0.lowercased() == $1.lowercased() }
    guard activations.isEmpty || (isUsual && node.opType == "LSTM") else {
      throw node.error("activations \(activations) are not supported")
    }
    guard node.optionalInput(7) == nil else { throw node.error("peepholes are not supported") }
    if let lengths = try context.ints(node, input: 4), lengths.contains(where: { $0 != x[0] }) {
      throw node.error("sequences of different lengths are not supported")
    }
    let directions: [String: [Bool]] = [
      "forward": [false], "reverse": [true], "bidirectional": [false, true],
    ]
    guard let directions = directions[node.string("direction", default: "forward")],
      recurrent[0] == directions.count
    else { throw node.error("its direction does not fit recurrent weights \(recurrent)") }
    self.node = node
    self.steps = x[0]
    self.hidden = recurrent[2]
    self.directions = directions
  }

  /// All hidden values `[T, D, B, H]`, then the last state, `[D, B, H]` each.
  func read(_ cell: some RecurrentCell, _ context: inout ONNXReadContext) throws -> [Value] {
    var all: [Value] = []
    var last: [[Value]] = []
    for (index, isReversed) in directions.enumerated() {
      let states = try run(cell, index, isReversed, &context.builder)
      let hidden = try states.map { state in
        try context.builder.add(one: Reshape([1, 1, -1, self.hidden]), state[0])
      }
      all.append(
        try context.builder.add(Concat(axis: 0), isReversed ? hidden.reversed() : hidden)[0])
      last.append(
        try (states.last ?? []).map { part in
          try context.builder.add(one: Reshape([1, -1, self.hidden]), part)
        })
    }
    let ends = try last[0].indices.map { part in
      try context.builder.add(Concat(axis: 0), last.map { $0[part] })[0]
    }
    return try context.builder.add(Concat(axis: 1), all) + ends
  }

  /// The state after each step of one direction, in the order in which it goes.
  private func run<Cell: RecurrentCell>(
    _ cell: Cell, _ direction: Int, _ isReversed: Bool, _ b: inout GraphBuilder
  ) throws -> [[Value]] {
    let width = Cell.gateCount * hidden
    let input = try part(direction, of: node.input(1), [width, -1], &b)
    let bias = try node.optionalInput(3).map { try part(direction, of: $0, [2, width], &b) }
    let weights = RecurrentWeights(
      hidden: hidden, recurrent: try part(direction, of: node.input(2), [width, hidden], &b),
      recurrentBias: try bias.map { try part(1, of: $0, [width], &b) })
    var x = try b.add(one: MatMul(transposeB: true), node.input(0), input)
    if let bias { x = try b.add(one: Add(), x, part(0, of: bias, [width], &b)) }
    let starts = [5, 6].compactMap(node.optionalInput)
    var state =
      starts.isEmpty ? nil : try starts.map { try part(direction, of: $0, [-1, hidden], &b) }
    var states: [[Value]] = []
    for step in 0..<steps {
      let time = isReversed ? steps - 1 - step : step
      let next = try cell.step(part(time, of: x, [-1, width], &b), state, weights, &b)
      states.append(next)
      state = next
    }
    return states
  }

  /// Entry `index` of the first axis, as `shape`.
  private func part(
    _ index: Int, of value: Value, _ shape: [Int], _ b: inout GraphBuilder
  ) throws -> Value {
    let rank = b.shape(of: value).rank
    let slice = try b.add(one: Slice(index..<(index + 1), axis: 0, rank: rank), value)
    return try b.add(one: Reshape(shape), slice)
  }
}

extension RecurrentWeights {
  /// `h R^T + b`; nil where the state is zeros and there is no bias.
  func product(_ hidden: Value?, _ b: inout GraphBuilder) throws -> Value? {
    guard let hidden else { return recurrentBias }
    let product = try b.add(one: MatMul(transposeB: true), hidden, recurrent)
    return try recurrentBias.map { try b.add(one: Add(), product, $0) } ?? product
  }

  /// The part of gate `index` in `value`, whose last axis holds all gates.
  func gate(_ index: Int, of value: Value, _ b: inout GraphBuilder) throws -> Value {
    let range = (index * hidden)..<((index + 1) * hidden)
    let rank = b.shape(of: value).rank
    return try b.add(one: Slice(range, axis: rank - 1, rank: rank), value)
  }
}
