import Foundation

/// Hands elements from one thread to another, at most `capacity` ahead.
final class BoundedQueue<Element: Sendable>: @unchecked Sendable {
  private let condition = NSCondition()
  private let capacity: Int
  private var elements: [Element] = []
  private var isClosed = false

  init(capacity: Int) { self.capacity = max(1, capacity) }

  /// Waits for room; false once the queue is closed, which tells the producer to stop.
  func push(_ element: Element) -> Bool {
    condition.withLock {
      while elements.count >= capacity, !isClosed { condition.wait() }
      if isClosed { return false }
      elements.append(element)
      condition.broadcast()
      return true
    }
  }

  /// Waits for an element; nil once the queue is closed and empty.
  func pop() -> Element? {
    condition.withLock {
      while elements.isEmpty, !isClosed { condition.wait() }
      if elements.isEmpty { return nil }
      condition.broadcast()
      return elements.removeFirst()
    }
  }

  /// No element will be added; those inside can still be taken.
  func finish() {
    condition.withLock {
      isClosed = true
      condition.broadcast()
    }
  }

  /// No element will be taken: drops those inside.
  func cancel() {
    condition.withLock {
      isClosed = true
      elements.removeAll()
      condition.broadcast()
    }
  }
}
