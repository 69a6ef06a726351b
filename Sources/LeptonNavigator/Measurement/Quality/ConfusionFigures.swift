/// What follows from a confusion matrix. Classes that never come up have figures of 0.
struct ConfusionFigures {
  private(set) var count = 0
  private(set) var accuracy = 0.0
  private(set) var precision: [Double]
  private(set) var recall: [Double]
  private(set) var f1: [Double]
  /// Examples of each class, and decisions for it.
  private(set) var support: [Int]
  private(set) var decided: [Int]
  private(set) var right: [Int]

  var macroPrecision: Double { mean(precision) }
  var macroRecall: Double { mean(recall) }
  var macroF1: Double { mean(f1) }

  init(_ confusion: [[Int]]) {
    let cells = ConfusionCells(confusion)
    self.init(cells, cells.counts)
  }

  /// From the cells that are not empty, with other counts in them.
  init(_ cells: ConfusionCells, _ counts: [Int]) {
    support = [Int](repeating: 0, count: cells.classes)
    decided = support
    right = support
    for (cell, drawn) in zip(cells.cells, counts) {
      support[cell.label] += drawn
      decided[cell.decision] += drawn
      if cell.label == cell.decision { right[cell.label] += drawn }
    }
    func ratio(_ part: Int, _ whole: Int) -> Double {
      whole == 0 ? 0 : Double(part) / Double(whole)
    }
    precision = zip(right, decided).map(ratio)
    recall = zip(right, support).map(ratio)
    f1 = zip(precision, recall).map { $0 + $1 > 0 ? 2 * $0 * $1 / ($0 + $1) : 0 }
    count = support.reduce(0, +)
    accuracy = ratio(right.reduce(0, +), count)
  }

  private func mean(_ values: [Double]) -> Double {
    values.reduce(0, +) / Double(max(1, values.count))
  }
}

/// The cells of a confusion matrix that are not empty.
struct ConfusionCells {
  let classes: Int
  private(set) var cells: [(label: Int, decision: Int)] = []
  private(set) var counts: [Int] = []

  /// Cells without counts; one may come up again.
  init(_ classes: Int, _ cells: [(label: Int, decision: Int)]) {
    self.classes = classes
    self.cells = cells
  }

  init(_ confusion: [[Int]]) {
    classes = confusion.count
    for (label, row) in confusion.enumerated() {
      for (decision, count) in row.enumerated() where count > 0 {
        cells.append((label, decision))
        counts.append(count)
      }
    }
  }
}

/// The intervals of the same figures.
struct ConfusionIntervals {
  let accuracy: Interval?
  let macroF1: Interval?
  let precision: [Interval?]
  let recall: [Interval?]
  let f1: [Interval?]

  init(_ confusion: [[Int]], _ bootstrap: Bootstrap) {
    let cells = ConfusionCells(confusion)
    let whole = ConfusionFigures(confusion)
    let intervals = bootstrap.intervals(of: cells.counts) { counts in
      let drawn = ConfusionFigures(cells, counts)
      return [drawn.accuracy, drawn.macroF1] + drawn.precision + drawn.recall + drawn.f1
    }
    /// Where nothing can be drawn but the same, the bootstrap would claim certainty.
    func proportion(_ drawn: Interval?, _ right: Int, _ count: Int) -> Interval? {
      if count == 0 { return nil }
      return right == 0 || right == count ? .ofProportion(right, of: count) : drawn
    }
    let classes = cells.classes
    accuracy = proportion(intervals[0], whole.right.reduce(0, +), whole.count)
    macroF1 = intervals[1]
    precision = (0..<classes).map {
      proportion(intervals[2 + $0], whole.right[$0], whole.decided[$0])
    }
    recall = (0..<classes).map {
      proportion(intervals[2 + classes + $0], whole.right[$0], whole.support[$0])
    }
    f1 = (0..<classes).map { whole.support[$0] == 0 ? nil : intervals[2 + 2 * classes + $0] }
  }
}
