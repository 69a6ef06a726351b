import Foundation

/// SIGTERM and SIGINT as calls of a function, instead of the end of the process. A second Ctrl-C ends it at once.
final class StopSignals {
  private var sources: [any DispatchSourceSignal] = []

  init(_ stop: @escaping @Sendable () -> Void) {
    for number in [SIGTERM, SIGINT] {
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      let count = Count()
      source.setEventHandler {
        count.value += 1
        if number == SIGINT, count.value > 1 { exit(130) }
        stop()
      }
      source.resume()
      sources.append(source)
    }
  }

  func cancel() { sources.forEach { $0.cancel() } }

  /// Only its source's handler, which runs once at a time, touches it.
  private final class Count: @unchecked Sendable { var value = 0 }
}
