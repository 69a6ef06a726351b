/// How requests become batches.
package struct BatchSettings: Hashable, Sendable {
  /// Examples in one batch.
  package var mostRows = 32
  /// Requests that may wait.
  package var mostItems = 1024
  /// Nanoseconds that the first request of a batch waits for others.
  package var delay: UInt64 = 0

  package init(mostRows: Int = 32, mostItems: Int = 1024, delay: UInt64 = 0) {
    self.mostRows = mostRows
    self.mostItems = mostItems
    self.delay = delay
  }
}
