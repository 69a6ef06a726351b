import Synchronization

/// A request to stop: training ends after the step in progress and answers what it has.
public final class Cancellation: Sendable {
  private let flag = Atomic<Bool>(false)

  public init() {}

  /// May be called from any thread, and from a signal handler.
  public func cancel() { flag.store(true, ordering: .relaxed) }

  public var isCancelled: Bool { flag.load(ordering: .relaxed) }
}
