/// Places for the boxes of a graph without cycles: rows by the longest way from a source, order in a row by the neighbours'
/// places, so that few arrows cross. After Sugiyama, Tagawa and Toda, "Methods for Visual Understanding of Hierarchical System
/// Structures", 1981.
struct LayeredLayout {
  struct Size {
    var width: Double
    var height: Double
  }

  /// The middle of each box's upper side.
  private(set) var places: [(x: Double, y: Double)] = []
  /// The points that an arrow passes, from box to box, in the order of `edges`.
  private(set) var routes: [[(x: Double, y: Double)]] = []
  private(set) var width = 0.0
  private(set) var height = 0.0

  static let columnGap = 28.0
  static let rowGap = 34.0
  private static let laneWidth = 10.0
  private static let sweeps = 12
  /// More joints than this are not drawn: arrows go straight then.
  private static let mostJoints = 20_000

  /// A box, or the joint of an arrow that passes a row.
  private struct Cell {
    var row: Int
    var size: Size
    var x = 0.0
    var above: [Int] = []
    var below: [Int] = []
  }

  /// - Parameter edges: from a box to one that comes later.
  init(_ sizes: [Size], edges: [(from: Int, to: Int)]) {
    var rows = [Int](repeating: 0, count: sizes.count)
    for edge in edges.sorted(by: { $0.from < $1.from }) {
      rows[edge.to] = max(rows[edge.to], rows[edge.from] + 1)
    }
    var cells = sizes.indices.map { Cell(row: rows[$0], size: sizes[$0]) }
    let joints = edges.reduce(0) { $0 + max(0, rows[$1.to] - rows[$1.from] - 1) }
    let paths = edges.map { edge in
      var path = [edge.from]
      if joints <= Self.mostJoints {
        for row in (rows[edge.from] + 1)..<max(rows[edge.to], rows[edge.from] + 1) {
          path.append(cells.count)
          cells.append(Cell(row: row, size: Size(width: Self.laneWidth, height: 0)))
        }
      }
      path.append(edge.to)
      for (above, below) in zip(path, path.dropFirst()) {
        cells[above].below.append(below)
        cells[below].above.append(above)
      }
      return path
    }
    var layers = [[Int]](repeating: [], count: (rows.max() ?? -1) + 1)
    for index in cells.indices { layers[cells[index].row].append(index) }
    Self.order(&layers, cells)
    Self.spread(layers, &cells)
    place(cells, layers, boxes: sizes.count, paths)
  }

  /// Rows take turns in being sorted by the mean position of neighbours above, then below.
  private static func order(_ layers: inout [[Int]], _ cells: [Cell]) {
    var position = [Double](repeating: 0, count: cells.count)
    func note(_ layer: [Int]) {
      for (index, cell) in layer.enumerated() { position[cell] = Double(index) }
    }
    layers.forEach(note)
    for sweep in 0..<sweeps {
      let down = sweep.isMultiple(of: 2)
      for row in down ? Array(layers.indices) : layers.indices.reversed() {
        let key = layers[row].map { cell -> Double in
          let neighbours = down ? cells[cell].above : cells[cell].below
          return neighbours.isEmpty
            ? position[cell] : neighbours.reduce(0) { $0 + position[$1] } / Double(neighbours.count)
        }
        layers[row] = layers[row].indices.sorted { (key[$0], $0) < (key[$1], $1) }.map {
          layers[row][$0]
        }
        note(layers[row])
      }
    }
  }

  /// Each cell goes where its neighbours are, as far as the order and the gaps allow.
  private static func spread(_ layers: [[Int]], _ cells: inout [Cell]) {
    for layer in layers { pack(layer, &cells, wanted: layer.map { _ in 0 }) }
    for sweep in 0..<(2 * sweeps) {
      let down = sweep.isMultiple(of: 2)
      for row in down ? Array(layers.indices) : layers.indices.reversed() {
        let wanted = layers[row].map { cell -> Double in
          let neighbours = down ? cells[cell].above : cells[cell].below
          return neighbours.isEmpty
            ? cells[cell].x : neighbours.reduce(0) { $0 + cells[$1].x } / Double(neighbours.count)
        }
        pack(layers[row], &cells, wanted: wanted)
      }
    }
  }

  /// Nearest places to the wanted ones without overlap: groups that would overlap move together (pool adjacent violators).
  private static func pack(_ layer: [Int], _ cells: inout [Cell], wanted: [Double]) {
    var groups: [(start: Int, sum: Double, count: Double)] = []
    var offsets: [Double] = []
    var offset = 0.0
    for (index, cell) in layer.enumerated() {
      if index > 0 {
        offset += (cells[layer[index - 1]].size.width + cells[cell].size.width) / 2 + columnGap
      }
      offsets.append(offset)
      groups.append((index, wanted[index] - offset, 1))
      while groups.count > 1, let last = groups.last, case let before = groups[groups.count - 2],
        before.sum / before.count > last.sum / last.count
      {
        groups.removeLast(2)
        groups.append((before.start, before.sum + last.sum, before.count + last.count))
      }
    }
    for (position, group) in groups.enumerated() {
      let end = position + 1 < groups.count ? groups[position + 1].start : layer.count
      for index in group.start..<end {
        cells[layer[index]].x = group.sum / group.count + offsets[index]
      }
    }
  }

  private mutating func place(_ cells: [Cell], _ layers: [[Int]], boxes: Int, _ paths: [[Int]]) {
    var tops: [Double] = []
    for layer in layers {
      tops.append(height)
      height += (layer.map { cells[$0].size.height }.max() ?? 0) + Self.rowGap
    }
    height -= layers.isEmpty ? 0 : Self.rowGap
    let left = cells.map { $0.x - $0.size.width / 2 }.min() ?? 0
    width = (cells.map { $0.x + $0.size.width / 2 }.max() ?? 0) - left
    places = (0..<boxes).map { (cells[$0].x - left, tops[cells[$0].row]) }
    let heights = layers.map { layer in layer.map { cells[$0].size.height }.max() ?? 0 }
    routes = paths.map { path in
      path.enumerated().flatMap { index, cell -> [(x: Double, y: Double)] in
        let (x, top) = (cells[cell].x - left, tops[cells[cell].row])
        if index == 0 { return [(x, top + cells[cell].size.height)] }
        if index == path.count - 1 { return [(x, top)] }
        // Past a row, straight down.
        return [(x, top), (x, top + heights[cells[cell].row])]
      }
    }
  }
}
