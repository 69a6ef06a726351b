import Foundation
import LeptonTraining

/// What Ctrl-C does to long work: the first finishes the step and saves, the second ends the process at once.
enum Interrupts {
  /// Set by the first Ctrl-C.
  static let cancellation = Cancellation()

  /// From here on, interrupts and requests to end are taken as above.
  static func install() {
    // Made here, since a signal handler must not make it.
    guard !cancellation.isCancelled else { return }
    for number in [SIGINT, SIGTERM] {
      signal(number) { _ in
        if Interrupts.cancellation.isCancelled { _exit(130) }
        Interrupts.cancellation.cancel()
      }
    }
  }
}
