/// Counts of values below rising bounds, as Prometheus keeps them.
package struct Histogram: Sendable {
  package let bounds: [Double]
  /// Values up to each bound and above the bound before; the last of values above all.
  package private(set) var counts: [Int]
  package private(set) var sum = 0.0

  package init(_ bounds: [Double]) {
    self.bounds = bounds
    counts = Array(repeating: 0, count: bounds.count + 1)
  }

  package mutating func add(_ value: Double) {
    counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
    sum += value
  }

  package var count: Int { counts.reduce(0, +) }

  /// Seconds of a request, as OpenTelemetry divides them, and shorter ones: a small model answers in microseconds.
  package static let seconds: [Double] = [
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
  ]
  package static let sizes: [Double] = [1, 2, 4, 8, 16, 32, 64, 128, 256]
}
