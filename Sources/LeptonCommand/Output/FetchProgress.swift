import LeptonNavigator
import Synchronization

/// A line on standard error for each file that is fetched, and for each tenth of it.
final class FetchProgress: Sendable {
  private let reporting: Reporting
  private let last = Mutex<(file: String, tenth: Int)>(("", 0))

  init(_ reporting: Reporting) { self.reporting = reporting }

  func report(_ file: String, _ done: Int, _ all: Int) {
    let tenth = done * 10 / max(1, all)
    let isNew = last.withLock { last in
      defer { last = (file, tenth) }
      return last != (file, tenth)
    }
    guard isNew else { return }
    reporting.note("\(file): \(Figures.bytes(done)) of \(Figures.bytes(all))")
  }
}
