import LeptonValues

/// A part of a plan in which a run may go wrong: asked after each one.
protocol RunCheck: AnyObject {
  /// What went wrong in the last run.
  var failure: (any Error)? { get }
}

/// Counts the indices that a kernel found outside of its tensor.
final class IndexCheck: RunCheck {
  let count: UnsafeMutablePointer<Int64>
  private let name: String
  private let range: String

  /// - Parameters:
  ///   - name: the node's, or its operation's.
  ///   - range: what indices may be.
  init(_ name: String, range: String) {
    (self.name, self.range) = (name, range)
    count = .allocate(capacity: 1)
    count.initialize(to: 0)
  }

  deinit { count.deallocate() }

  var failure: (any Error)? {
    guard count.pointee > 0 else { return nil }
    defer { count.pointee = 0 }
    return LeptonError(
      .badInput, "\(name): \(count.pointee) of the indices are outside of the tensor",
      fix: "indices are \(range)")
  }
}
