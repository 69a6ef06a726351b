import LeptonGraph
import LeptonOps
import LeptonValues

/// Counts of known sequences of terms (n-grams) in rows of whole numbers, by comparison with all of them at once.
extension Compositions {
  static let readTfIdfVectorizer: ONNXReader = { node, context in
    let grams = try NGrams(node)
    let x = try node.input(0)
    let shape = context.shape(of: x)
    guard 1...2 ~= shape.rank, [.i32, .i64].contains(context.dtype(of: x)) else {
      throw node.error("\(context.type(of: x))", fix: "give whole numbers [C] or [N, C]")
    }
    let rows = shape.rank == 1 ? try context.reshaped(x, [1, -1]) : x
    let width = context.shape(of: rows)[1]
    var sum: Value?
    for (size, known) in grams.known.sorted(by: { $0.key < $1.key }) {
      var counts: Value?
      // Single terms have nothing between them that could be skipped.
      for distance in 1...(size == 1 ? 1 : grams.maxSkip + 1) {
        let places = width - (size - 1) * distance
        guard places > 0 else { break }
        var isHere: Value?
        for term in 0..<size {
          let first = term * distance
          let terms = try context.reshaped(
            context.part(rows, first..<first + places, axis: 1), [0, places, 1])
          let wanted = try context.table(
            known.map { Double($0.terms[term]) }, [known.count], context.dtype(of: x))
          let equal = try context.add(Equal(), terms, wanted)
          isHere = try isHere.map { try context.add(And(), $0, equal) } ?? equal
        }
        let found = try context.add(
          Reduce(.sum, axes: [1], keepDims: false), context.cast(isHere!, to: .f32))
        counts = try counts.map { try context.plus($0, found) } ?? found
      }
      guard var counts else { continue }
      if grams.mode == "IDF" {
        counts = try context.add(Minimum(), counts, context.number(1, like: counts))
      }
      var columns = [Double](repeating: 0, count: known.count * grams.width)
      for (row, gram) in known.enumerated() {
        columns[row * grams.width + gram.column] = gram.weight
      }
      let table = try context.table(columns, [known.count, grams.width], .f32)
      let part = try context.add(MatMul(), counts, table)
      sum = try sum.map { try context.plus($0, part) } ?? part
    }
    let y = try sum ?? context.zeros(.f32, [context.shape(of: rows)[0], grams.width])
    return [shape.rank == 1 ? try context.reshaped(y, [-1]) : y]
  }
}

/// What the attributes of TfIdfVectorizer say.
private struct NGrams {
  struct Gram {
    let terms: [Int]
    let column: Int
    let weight: Double
  }

  let mode: String
  let maxSkip: Int
  /// Columns of the result.
  let width: Int
  /// Those that count, by their number of terms.
  private(set) var known: [Int: [Gram]] = [:]

  init(_ node: ONNXNode) throws {
    try node.allow([
      "max_gram_length", "max_skip_count", "min_gram_length", "mode", "ngram_counts",
      "ngram_indexes", "pool_int64s", "weights",
    ])
    mode = try node.choice("mode", of: ["TF", "IDF", "TFIDF"], default: "")
    maxSkip = try node.requiredInt("max_skip_count")
    let (shortest, longest) = (
      try node.requiredInt("min_gram_length"), try node.requiredInt("max_gram_length")
    )
    let columns = node.ints("ngram_indexes") ?? []
    let (pool, starts) = (node.ints("pool_int64s") ?? [], node.ints("ngram_counts") ?? [])
    guard 0...1024 ~= maxSkip, 1...64 ~= shortest, shortest...64 ~= longest, !columns.isEmpty,
      columns.allSatisfy({ 0..<(1 << 20) ~= $0 }), starts.count <= 64, starts == starts.sorted(),
      starts.allSatisfy({ 0...pool.count ~= $0 })
    else {
      throw node.error(
        "its n-grams of \(shortest) to \(longest) terms are not ones that it can count")
    }
    width = columns.max()! + 1
    let weights = mode == "TF" ? nil : node.floats("weights")
    guard weights.map({ $0.count == columns.count }) ?? true else {
      throw node.error("\(weights?.count ?? 0) weights for \(columns.count) n-grams")
    }
    var next = 0
    for (index, start) in starts.enumerated() {
      let size = index + 1
      let end = index + 1 < starts.count ? starts[index + 1] : pool.count
      guard (end - start) % size == 0 else { throw node.error("\(size)-grams of its pool are cut") }
      var seen: Set<[Int]> = []
      for first in stride(from: start, to: end, by: size) {
        let terms = Array(pool[first..<first + size])
        guard next < columns.count, seen.insert(terms).inserted else {
          throw node.error("n-gram \(terms) stands there twice, or without a column")
        }
        if shortest...longest ~= size {
          known[size, default: []].append(
            Gram(terms: terms, column: columns[next], weight: weights?[next] ?? 1))
        }
        next += 1
      }
    }
  }
}
