/// The numbers of examples that a model is compiled for, and how any other number is made of them.
package struct BatchSizes: Hashable, Sendable {
  /// 1, 2, 4, 8, ... and the largest.
  package let all: [Int]

  package init(most: Int) {
    var sizes = [1]
    while let last = sizes.last, last * 2 < most { sizes.append(last * 2) }
    if most > 1 { sizes.append(most) }
    all = sizes
  }

  /// The runs that `rows` examples take, each a compiled size; together they hold them all. A size that would be less
  /// than three quarters full is not worth its empty places: smaller ones run instead, one after the other.
  package func runs(for rows: Int) -> [Int] {
    var runs: [Int] = []
    var rest = rows
    while rest > 0 {
      let size = all.first { $0 >= rest && 4 * rest >= 3 * $0 } ?? all.last { $0 <= rest } ?? 1
      runs.append(size)
      rest -= size
    }
    return runs
  }
}
