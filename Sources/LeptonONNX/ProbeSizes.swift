/// Two sizes for each open extent, by which it shows where they go: such as models rarely have in other places.
struct ProbeSizes {
  private let pairs: [String: (Int, Int)]
  /// Whether all symbols, but that of examples, have the same sizes.
  let areAlike: Bool

  /// The symbol of the number of examples in files of this package.
  static let examples = "batch"

  /// What extents are multiples of, in the order in which to try: 32, so that networks that halve images again and again take
  /// them, and less for tables of few positions.
  static let units = [32, 4]

  /// - Parameter areAlike: whether all symbols, but that of examples, have the same sizes.
  init(_ symbols: some Sequence<String>, unit: Int, areAlike: Bool = false) {
    self.areAlike = areAlike
    let others = Set(symbols).subtracting([Self.examples]).sorted()
    // None is a sum or a multiple of others, nor the larger one in both.
    let factors = [(3, 5), (5, 13), (11, 7), (23, 29), (31, 17), (43, 37)]
    var pairs = Dictionary(
      uniqueKeysWithValues: others.enumerated().map { index, symbol in
        let place = areAlike ? 0 : index
        let (first, second) = factors[place % factors.count]
        let more = place / factors.count
        return (symbol, (unit * (first + 46 * more), unit * (second + 61 * more)))
      })
    if symbols.contains(Self.examples) { pairs[Self.examples] = (5, 7) }
    self.pairs = pairs
  }

  /// Numbers of examples and sizes by which to find what the first two do not show: thresholds, rounding to multiples, and
  /// which of two is the larger. Not all networks take all of them.
  var witnesses: [(examples: Int, sizes: [String: Int])] {
    let examples = [5, 1, 4, 7, 8]
    guard !pairs.isEmpty else { return examples.map { ($0, [:]) } }
    let symbols = pairs.keys.sorted()
    let sizes = [101, 1, 2, 3, 7, 17, 33, 50, 84, 250, 520, 1030]
    return sizes.indices.map { index in
      let own = symbols.enumerated().map { place, symbol in
        (symbol, sizes[(index + (areAlike ? 0 : place * 5)) % sizes.count])
      }
      return (examples[index % examples.count], Dictionary(uniqueKeysWithValues: own))
    } + [(1, first)]
  }
  var first: [String: Int] { pairs.mapValues(\.0) }
  var second: [String: Int] { pairs.mapValues(\.1) }

  /// Whose extents these are, of two graphs; nil where they follow in another way.
  func symbol(of extents: (Int, Int)) -> String? { pairs.first { $0.value == extents }?.key }
}
