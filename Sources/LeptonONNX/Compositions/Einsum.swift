import LeptonGraph
import LeptonOps
import LeptonValues

/// Einstein summation: operands multiplied one after the other, each pair as a matrix product, and summed as soon as no
/// other needs an axis.
extension Compositions {
  static let readEinsum: ONNXReader = { node, context in
    try node.allow(["equation"])
    let inputs = try node.inputs.indices.map { try node.input($0) }
    guard !inputs.isEmpty else { throw node.error("it has no operands") }
    let equation = try EinsumEquation(node, inputs.map { context.shape(of: $0) })
    var terms: [EinsumTerm] = []
    for (input, labels) in zip(inputs, equation.operands) {
      var term = EinsumTerm(value: input, labels: labels)
      try term.dropRepeatedExtents(equation, &context)
      try term.takeDiagonals(&context)
      terms.append(term)
    }
    var product = terms[0]
    for index in terms.indices {
      var needed = Set(equation.result)
      for term in terms[(index + 1)...] { needed.formUnion(term.labels) }
      if index > 0 {
        try product.multiply(terms[index], needed: needed, &context)
      }
      try product.sum(keeping: needed, &context)
    }
    let order = equation.result.map { product.labels.firstIndex(of: $0)! }
    return [try context.transposed(product.value, order)]
  }
}

/// A value whose axes have names.
private struct EinsumTerm {
  typealias Label = EinsumEquation.Label

  var value: Value
  var labels: [Label]

  /// Without axes of extent 1 that another operand widens.
  mutating func dropRepeatedExtents(
    _ equation: EinsumEquation, _ context: inout ONNXReadContext
  ) throws {
    let shape = context.shape(of: value)
    let kept = labels.indices.filter { shape[$0] == equation.extents[labels[$0]] }
    guard kept.count < labels.count else { return }
    value = try context.reshaped(value, kept.map { shape[$0] })
    labels = kept.map { labels[$0] }
  }

  /// One axis for those of one name: the diagonal.
  mutating func takeDiagonals(_ context: inout ONNXReadContext) throws {
    while let (first, second) = repeatedAxes {
      let others = labels.indices.filter { $0 != first && $0 != second }
      value = try context.transposed(value, others + [first, second])
      let shape = context.shape(of: value)
      let extent = shape[others.count]
      value = try context.reshaped(value, shape.prefix(others.count) + [extent * extent])
      let all = others.map { _ in 0 }
      value = try context.add(
        Slice(
          starts: all + [0], ends: all.map { _ in .max } + [.max],
          steps: all.map { _ in 1 } + [extent + 1]), value)
      labels = others.map { labels[$0] } + [labels[first]]
    }
  }

  private var repeatedAxes: (Int, Int)? {
    for second in labels.indices {
      if let first = labels[..<second].firstIndex(of: labels[second]) { return (first, second) }
    }
    return nil
  }

  /// Sums over axes that are not `needed`.
  mutating func sum(keeping needed: Set<Label>, _ context: inout ONNXReadContext) throws {
    let axes = labels.indices.filter { !needed.contains(labels[$0]) }
    guard !axes.isEmpty else { return }
    value = try context.add(Reduce(.sum, axes: axes, keepDims: false), value)
    labels = labels.filter(needed.contains)
  }

  /// Times another term; axes that both have and none needs are summed.
  mutating func multiply(
    _ other: EinsumTerm, needed: Set<Label>, _ context: inout ONNXReadContext
  ) throws {
    var other = other
    let mine = Set(labels)
    try other.sum(keeping: needed.union(mine), &context)
    let theirs = Set(other.labels)
    let shared = labels.filter { theirs.contains($0) }
    let (batch, summed) = (shared.filter(needed.contains), shared.filter { !needed.contains($0) })
    let rows = labels.filter { !theirs.contains($0) }
    let columns = other.labels.filter { !mine.contains($0) }
    guard context.dtype(of: value).isFloatingPoint else {
      return try multiplyIntegers(other, batch, summed, rows, columns, &context)
    }
    let left = try matrices(batch, rows, summed, &context)
    let right = try other.matrices(batch, summed, columns, &context)
    let product = try context.add(MatMul(), left, right)
    let extents = rows.map { extent($0, context) }
    let width = columns.map { other.extent($0, context) }
    let place = rows.isEmpty ? [] : rows.count == 1 ? [0] : [-1] + extents.dropFirst()
    let result = batch.map { _ in 0 } + place + width
    value =
      rows.count == 1 && columns.count == 1 ? product : try context.reshaped(product, result)
    labels = batch + rows + columns
  }

  /// Axes in three groups, the last two joined into one axis each.
  private func matrices(
    _ batch: [Label], _ rows: [Label], _ columns: [Label], _ context: inout ONNXReadContext
  ) throws -> Value {
    let order = (batch + rows + columns).map { labels.firstIndex(of: $0)! }
    let sorted = try context.transposed(value, order)
    guard rows.count != 1 || columns.count != 1 else { return sorted }
    func count(_ group: [Label]) -> Int { group.reduce(1) { $0 * extent($1, context) } }
    let first = rows.isEmpty ? 1 : rows.count == 1 ? 0 : -1
    let second = columns.count > 1 && first != -1 ? -1 : count(columns)
    return try context.reshaped(sorted, batch.map { _ in 0 } + [first, second])
  }

  /// Whole numbers have no matrix product: all products, then sums.
  private mutating func multiplyIntegers(
    _ other: EinsumTerm, _ batch: [Label], _ summed: [Label], _ rows: [Label],
    _ columns: [Label], _ context: inout ONNXReadContext
  ) throws {
    let all = batch + summed + rows + columns
    let product = try context.times(
      spread(over: all, &context), other.spread(over: all, &context))
    value = product
    labels = all
    try sum(keeping: Set(batch + rows + columns), &context)
  }

  /// With an axis for each label, of extent 1 for those that it has not.
  private func spread(over all: [Label], _ context: inout ONNXReadContext) throws -> Value {
    let order = all.compactMap { labels.firstIndex(of: $0) }
    let sorted = try context.transposed(value, order)
    let extents = all.map { labels.contains($0) ? extent($0, context) : 1 }
    return try context.reshaped(sorted, extents)
  }

  private func extent(_ label: Label, _ context: ONNXReadContext) -> Int {
    context.shape(of: value)[labels.firstIndex(of: label)!]
  }
}
