import LeptonGraph
import LeptonOps
import LeptonValues

extension Compositions {
  /// Decision trees as matrix products: all questions are asked at once, and a leaf is reached where
  /// the answers are those on the way to it (Nakandala et al., "A Tensor Compiler for Unified Machine
  /// Learning Prediction Serving", 2020). `[N, features]` to `[N, targets]`.
  static let readTreeEnsemble: ONNXReader = { node, context in
    let x = try node.input(0)
    let type = context.builder.type(of: x)
    guard type.shape.rank == 2, type.dtype == .f32 || type.dtype == .f64 else {
      throw node.error("\(type) is no table of numbers")
    }
    let forest = try Forest(node, features: type.shape[1])
    let answers = try forest.answers(x, &context)
    let paths = try context.addConstant(forest.paths.converted(to: type.dtype))
    let agreement = try context.builder.add(one: MatMul(), answers, paths)
    let wanted = try context.addConstant(forest.yesCounts.converted(to: type.dtype))
    let isReached = try context.builder.add(one: Equal(), agreement, wanted)
    let reached = try context.builder.add(one: Cast(to: type.dtype), isReached)
    let weights = try context.addConstant(forest.weights.converted(to: type.dtype))
    let sums = try context.builder.add(one: MatMul(), reached, weights)
    return [try forest.finished(sums, &context)]
  }
}

/// The trees of a TreeEnsemble node.
private struct Forest {
  /// One question of a tree.
  private struct Question {
    let feature: Int
    let mode: Int
    let split: Double
    let missingIsYes: Bool
    /// For questions of membership.
    var members: [Double] = []
  }

  private let questions: [Question]
  /// `[questions, paths]`: 1 for an answer of yes on the way to a leaf, -1 for one of no.
  let paths: TensorData
  /// How often the answer is yes on each path: only there the product above is as large.
  let yesCounts: TensorData
  /// What the leaf at the end of each path adds to each target.
  let weights: TensorData
  private let treeCount: Int
  private let isMean: Bool
  private let isLogistic: Bool

  private static let member = 6

  init(_ node: ONNXNode, features: Int) throws {
    questions = try Self.questions(node, features: features)
    let count = questions.count
    let leaves = node.ints("leaf_targetids") ?? []
    let numbers = try Self.numbers(node, "leaf_weights")
    let targets = node.int("n_targets", default: 1)
    let roots = node.ints("tree_roots") ?? []
    guard 1...4096 ~= targets, !roots.isEmpty, numbers.count == leaves.count,
      leaves.allSatisfy((0..<targets).contains), roots.allSatisfy((0..<count).contains)
    else { throw node.error("\(leaves.count) leaves, \(targets) targets, roots \(roots)") }
    let (aggregate, finish) = (
      node.int("aggregate_function", default: 1), node.int("post_transform", default: 0)
    )
    guard 0...1 ~= aggregate, [0, 2].contains(finish) else {
      throw node.error(
        "aggregate_function \(aggregate), post_transform \(finish) are not supported",
        fix: "sums and means, raw or logistic, are")
    }
    (isMean, isLogistic, treeCount) = (aggregate == 0, finish == 2, roots.count)

    let ways = try Self.ways(node, roots, count: count, leaves: leaves.count)
    guard ways.count <= AxisMap.mostElements / max(count, targets) else {
      throw node.error("\(ways.count) leaves of \(count) nodes are not supported")
    }
    var paths = [Double](repeating: 0, count: count * ways.count)
    var weights = [Double](repeating: 0, count: ways.count * targets)
    for (column, way) in ways.enumerated() {
      for (question, isYes) in way.answers {
        paths[question * ways.count + column] = isYes ? 1 : -1
      }
      weights[column * targets + leaves[way.leaf]] = numbers[way.leaf]
    }
    self.paths = TensorData(paths, as: TensorType(.f64, [count, ways.count]))
    self.weights = TensorData(weights, as: TensorType(.f64, [ways.count, targets]))
    yesCounts = TensorData(
      ways.map { Double($0.answers.filter(\.isYes).count) }, as: TensorType(.f64, [ways.count]))
  }

  private static func questions(_ node: ONNXNode, features: Int) throws -> [Question] {
    let columns = node.ints("nodes_featureids") ?? []
    let modes = try numbers(node, "nodes_modes").map { Int($0) }
    let splits = try numbers(node, "nodes_splits")
    let missing = node.ints("nodes_missing_value_tracks_true") ?? columns.map { _ in 0 }
    guard !columns.isEmpty,
      [modes.count, splits.count, missing.count].allSatisfy({ $0 == columns.count }),
      columns.allSatisfy((0..<features).contains), modes.allSatisfy((0...member).contains)
    else { throw node.error("its nodes do not fit a table of \(features) features") }
    var questions = columns.indices.map { index in
      Question(
        feature: columns[index], mode: modes[index], split: splits[index],
        missingIsYes: missing[index] != 0)
    }
    // The sets stand one behind the other, each ended by NaN.
    guard modes.contains(member) else { return questions }
    var sets = try numbers(node, "membership_values")
      .split(omittingEmptySubsequences: false, whereSeparator: \.isNaN).map(Array.init)[...]
    for index in questions.indices where modes[index] == member {
      guard let set = sets.popFirst() else { throw node.error("a set of membership is missing") }
      questions[index].members = set
    }
    return questions
  }

  /// Every way from a root to a leaf.
  private static func ways(
    _ node: ONNXNode, _ roots: [Int], count: Int, leaves: Int
  ) throws -> [(leaf: Int, answers: [(question: Int, isYes: Bool)])] {
    let next = [node.ints("nodes_falsenodeids"), node.ints("nodes_truenodeids")].map { $0 ?? [] }
    let ends = [node.ints("nodes_falseleafs"), node.ints("nodes_trueleafs")].map { $0 ?? [] }
    guard (next + ends).allSatisfy({ $0.count == count }) else {
      throw node.error("its nodes have no two ways each")
    }
    var ways: [(leaf: Int, answers: [(question: Int, isYes: Bool)])] = []
    var isVisited = [Bool](repeating: false, count: count)
    var open = roots.map { (place: $0, answers: [(question: Int, isYes: Bool)]()) }
    while let (place, answers) = open.popLast() {
      guard !isVisited[place] else { throw node.error("node \(place) is reached in two ways") }
      isVisited[place] = true
      guard answers.count < 256 else { throw node.error("trees deeper than 256 are not supported") }
      for side in 0...1 {
        let (target, way) = (next[side][place], answers + [(place, side == 1)])
        guard (0..<(ends[side][place] != 0 ? leaves : count)).contains(target) else {
          throw node.error("node \(place) leads to \(target), which is not there")
        }
        if ends[side][place] != 0 { ways.append((target, way)) } else { open.append((target, way)) }
      }
    }
    return ways
  }

  private static func numbers(_ node: ONNXNode, _ name: String) throws -> [Double] {
    guard case .tensor(let data) = node.attributes[name] else {
      throw node.error("its \(name) are missing")
    }
    return data.doubles
  }

  /// 1 where the answer to a question is yes, `[N, questions]`.
  func answers(_ x: Value, _ context: inout ONNXReadContext) throws -> Value {
    let dtype = context.builder.dtype(of: x)
    let asked = try context.builder.add(
      one: Gather(axis: 1), x,
      context.addConstant(TensorData(questions.map { Int64($0.feature) }, shape: [questions.count]))
    )
    let splits = try context.addConstant(
      TensorData(questions.map(\.split), as: TensorType(dtype, [questions.count])))
    let comparisons: [any Op] = [
      LessOrEqual(), Less(), GreaterOrEqual(), Greater(), Equal(), NotEqual(),
    ]
    var answer: Value?
    func take(_ given: Value, where applies: (Question) -> Bool) throws {
      let flags = questions.map(applies)
      guard flags.contains(true) else { return }
      let mask = try context.addConstant(TensorData(flags, shape: [flags.count]))
      answer = try answer.map { try context.builder.add(one: Select(), mask, given, $0) } ?? given
    }
    for (mode, comparison) in comparisons.enumerated()
    where questions.contains(where: { $0.mode == mode }) {
      try take(context.builder.add(one: comparison, asked, splits)) { $0.mode == mode }
    }
    if questions.contains(where: { !$0.members.isEmpty }) {
      try take(isMember(x, &context)) { $0.mode == Self.member }
    }
    if questions.contains(where: \.missingIsYes) {
      let isMissing = try context.builder.add(one: NotEqual(), asked, asked)
      let either = try context.builder.add(one: Or(), answer!, isMissing)
      try take(either) { $0.missingIsYes }
    }
    guard let answer else {
      let none = try context.builder.add(one: Less(), asked, asked)
      return try context.builder.add(one: Cast(to: dtype), none)
    }
    return try context.builder.add(one: Cast(to: dtype), answer)
  }

  /// Whether the feature of a question is one of its members.
  private func isMember(_ x: Value, _ context: inout ONNXReadContext) throws -> Value {
    let dtype = context.builder.dtype(of: x)
    let pairs = questions.enumerated().flatMap { index, question in
      question.members.map { (index, question.feature, $0) }
    }
    let columns = try context.addConstant(
      TensorData(pairs.map { Int64($0.1) }, shape: [pairs.count]))
    let members = try context.addConstant(
      TensorData(pairs.map(\.2), as: TensorType(dtype, [pairs.count])))
    let asked = try context.builder.add(one: Gather(axis: 1), x, columns)
    let isEqual = try context.builder.add(one: Equal(), asked, members)
    var owners = [Double](repeating: 0, count: pairs.count * questions.count)
    for (row, pair) in pairs.enumerated() { owners[row * questions.count + pair.0] = 1 }
    let matrix = try context.addConstant(
      TensorData(owners, as: TensorType(dtype, [pairs.count, questions.count])))
    let hits = try context.builder.add(
      one: MatMul(), context.builder.add(one: Cast(to: dtype), isEqual), matrix)
    return try context.builder.add(one: Greater(), hits, context.builder.scalar(0, like: hits))
  }

  /// The sums over all trees, as the node asks for them.
  func finished(_ sums: Value, _ context: inout ONNXReadContext) throws -> Value {
    var y = sums
    if isMean {
      y = try context.builder.add(
        one: Divide(), y, context.builder.scalar(Double(treeCount), like: y))
    }
    return isLogistic ? try context.builder.add(one: Sigmoid(), y) : y
  }
}
