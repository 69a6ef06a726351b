import LeptonValues

/// Disjoint parts of a data set, each with the classes in the proportions of the whole.
public enum Split {
  /// The rows of each part, in ascending order; no row is in two parts.
  ///
  /// Within a class rows are shuffled by (seed, class) and dealt out by fraction. What rounding
  /// leaves over goes to the part that is furthest below its share of all classes so far, so both
  /// each class and the whole come within one row of their shares. The rows that fractions summing
  /// to less than 1 leave over belong to no part.
  ///
  /// - Parameter labels: the class of each row.
  /// - Throws: `LeptonError` of kind `badInput` where a fraction is not in (0, 1], where they sum to
  ///   more than 1, or where a part would have no row.
  public static func stratified(
    labels: [Int32], fractions: [Double], seed: UInt64
  ) throws -> [[Int]] {
    guard fractions.allSatisfy({ $0 > 0 && $0 <= 1 }), fractions.reduce(0, +) <= 1 + 1e-9 else {
      throw LeptonError(
        .badInput, "split fractions \(fractions) are not positive with a sum of at most 1",
        fix: "for example 0.8, 0.1, 0.1")
    }
    let shares = fractions + [max(0, 1 - fractions.reduce(0, +))]
    var parts = [[Int]](repeating: [], count: shares.count)
    var owed = [Double](repeating: 0, count: shares.count)
    let rowsByClass = Dictionary(grouping: labels.indices) { labels[$0] }

    for (label, rows) in rowsByClass.sorted(by: { $0.key < $1.key }) {
      var generator = SeededGenerator(seed: seed, stream: Int(label))
      var rest = generator.shuffled(rows)[...]
      var takers = shares.indices.filter { shares[$0] > 1e-9 }
      for part in takers {
        let whole = Int((shares[part] * Double(rows.count)).rounded(.down))
        owed[part] += shares[part] * Double(rows.count) - Double(whole)
        parts[part] += rest.prefix(whole)
        rest = rest.dropFirst(whole)
      }
      while let row = rest.popFirst(), let part = takers.max(by: { owed[$0] < owed[$1] }) {
        parts[part].append(row)
        owed[part] -= 1
        takers.removeAll { $0 == part }
      }
    }
    let result = parts.prefix(fractions.count).map { $0.sorted() }
    if let empty = result.firstIndex(where: \.isEmpty) {
      throw LeptonError(
        .badInput, "\(labels.count) rows are too few for a part of \(fractions[empty])",
        fix: "give more data or a larger fraction")
    }
    return result
  }
}

extension Dataset {
  /// Disjoint stratified parts: `let parts = try data.split([0.8, 0.1, 0.1], seed: 1)`.
  ///
  /// - Throws: as `Split.stratified`.
  public func split(_ fractions: [Double], seed: UInt64) throws -> [Dataset] {
    do {
      return try Split.stratified(
        labels: labels.array(of: Int32.self), fractions: fractions, seed: seed
      ).map(subset)
    } catch let error as LeptonError {
      throw error.within(origin)
    }
  }
}
