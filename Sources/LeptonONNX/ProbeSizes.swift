/// Two sizes for each open extent, by which it shows where they go: such as models rarely have in other places.
struct ProbeSizes {
  private let pairs: [String: (Int, Int)]

  /// The symbol of the number of examples in files of this package.
  static let examples = "batch"

  /// What extents are multiples of, in the order in which to try: 32, so that networks that halve images again and again take
  /// them, and less for tables of few positions.
  static let units = [32, 4]

  /// - Parameter areAlike: whether all symbols, but that of examples, have the same sizes.
  init(_ symbols: some Sequence<String>, unit: Int, areAlike: Bool = false) {
    let others = Set(symbols).subtracting([Self.examples]).sorted()
    // No two differ by as much.
    var pairs = Dictionary(
      uniqueKeysWithValues: others.enumerated().map { index, symbol in
        let place = areAlike ? 0 : index
        return (symbol, (unit * (3 + 2 * place), unit * (5 + 5 * place)))
      })
    if symbols.contains(Self.examples) { pairs[Self.examples] = (5, 7) }
    self.pairs = pairs
  }

  /// Other extents than multiples, which not all networks take.
  var odd: [String: Int] { pairs.mapValues { $0.0 + 5 } }
  var first: [String: Int] { pairs.mapValues(\.0) }
  var second: [String: Int] { pairs.mapValues(\.1) }

  /// Whose extents these are, of two graphs; nil where they follow in another way.
  func symbol(of extents: (Int, Int)) -> String? { pairs.first { $0.value == extents }?.key }
}
