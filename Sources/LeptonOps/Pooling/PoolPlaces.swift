import LeptonValues

/// Which elements of `[N, C, H, W]` each element of a pool's result sees.
struct PoolPlaces {
  private let window: Window2D
  private let input: Shape
  private let result: Shape

  init(_ window: Window2D, input: Shape, result: Shape) {
    self.window = window
    self.input = input
    self.result = result
  }

  /// Calls `body` with the position of a result and of an element that it sees, results in order
  /// and the elements of each in order.
  @inline(__always)
  func forEach(_ body: (_ position: Int, _ element: Int) -> Void) {
    let columns = (0..<result[3]).map { taps(window.horizontal, $0, input[3]) }
    let lines = (0..<result[2]).map { taps(window.vertical, $0, input[2]) }
    var position = 0
    for plane in 0..<result[0] * result[1] {
      let start = plane * input[2] * input[3]
      for line in lines {
        for column in columns {
          for y in line {
            for x in column { body(position, start + y * input[3] + x) }
          }
          position += 1
        }
      }
    }
  }

  /// How many elements each result sees, over one plane.
  var counts: [Int] {
    let columns = (0..<result[3]).map { taps(window.horizontal, $0, input[3]).count }
    return (0..<result[2]).flatMap { line in
      columns.map { $0 * taps(window.vertical, line, input[2]).count }
    }
  }

  private func taps(_ axis: WindowAxis, _ window: Int, _ extent: Int) -> [Int] {
    (0..<axis.kernel).map { axis.element(window: window, tap: $0) }
      .filter { (0..<extent).contains($0) }
  }
}
