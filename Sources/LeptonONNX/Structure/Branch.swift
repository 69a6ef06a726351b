import LeptonGraph
import LeptonOps
import LeptonValues

extension Structure {
  /// If: the branch that a known condition chooses. Of an unknown one both, where they make tensors of the same types, and of
  /// these the right elements; else the graph is read for the elements of the inputs that decide.
  static let branch: Reader = { reader, node, scope, context in
    let condition = try reader.tensor(0, of: node, scope)
    let branches = try (node.graph("then_branch"), node.graph("else_branch"))
    guard context.builder.dtype(of: condition) == .bool,
      context.builder.shape(of: condition).elementCount == 1
    else {
      throw LeptonError(
        .badInput, "the condition is \(context.builder.type(of: condition)), one bool is needed")
    }
    if let known = context.constants[condition] {
      let isTrue = known.array(of: Bool.self)[0]
      return try reader.read(isTrue ? branches.0 : branches.1, [], scope, &context)
    }
    if let both = try reader.both(branches, condition, scope, context) {
      context = both.context
      return both.results
    }
    _ = try reader.known(condition, node, context)
    return []
  }
}

extension GraphReader {
  /// The results of both branches with the condition between them; nil where they differ in type or cannot be read.
  fileprivate mutating func both(
    _ branches: (ONNXGraphProto, ONNXGraphProto), _ condition: Value, _ scope: Scope,
    _ context: ONNXReadContext
  ) throws -> (results: [ONNXValue], context: ONNXReadContext)? {
    guard budget.mayChoose() else { return nil }
    var trial = context
    let results: ([ONNXValue], [ONNXValue])
    do {
      results.0 = try read(branches.0, [], scope, &trial)
      results.1 = try read(branches.1, [], scope, &trial)
    } catch is InputDependence {
      return nil
    } catch let error as LeptonError where error.kind == .badInput {
      // Only the branch that is taken must be readable; which one that is decides the condition.
      return nil
    }
    guard results.0.count == results.1.count else { return nil }
    let scalar = try trial.builder.add(one: Reshape([]), condition)
    var selected: [ONNXValue] = []
    for pair in zip(results.0, results.1) {
      guard case (.tensor(let first), .tensor(let second)) = pair,
        trial.builder.type(of: first) == trial.builder.type(of: second)
      else { return nil }
      selected.append(
        .tensor(try trial.builder.add(one: Select(), scalar, first, second)))
    }
    return (selected, trial)
  }
}
