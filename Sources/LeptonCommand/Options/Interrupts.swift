import Foundation
import LeptonTraining
import Synchronization

/// What Ctrl-C does to long work: the first finishes the step and saves, the second ends the process at once. A request
/// to end (SIGTERM) and a terminal that goes away (SIGHUP) are taken alike.
enum Interrupts {
  /// Set by the first signal.
  static let cancellation = Cancellation()
  /// The number of the first signal, 0 before.
  private static let signalNumber = Atomic<Int32>(0)
  /// What the first one says on standard error; made beforehand, since a signal handler must not allocate.
  private nonisolated(unsafe) static var message = UnsafeBufferPointer<UInt8>(start: nil, count: 0)

  /// 128 and the signal: 130 after Ctrl-C.
  static var exitCode: Int32 {
    let number = signalNumber.load(ordering: .relaxed)
    return 128 + (number == 0 ? SIGINT : number)
  }

  /// From here on, signals are taken as above, also where the process was started with them blocked, as threads of
  /// Dispatch start theirs. A SIGHUP that it was started to ignore (`nohup`) stays ignored.
  static func install(_ reporting: Reporting) {
    // Whatever the handler reads is made here, since it must not make anything.
    guard !cancellation.isCancelled, signalNumber.load(ordering: .relaxed) == 0 else { return }
    message = UnsafeBufferPointer(rebasing: text(reporting)[...])
    var taken = sigset_t()
    sigemptyset(&taken)
    for number in [SIGINT, SIGTERM, SIGHUP] {
      let earlier = signal(number, take)
      if number == SIGHUP, isIgnoring(earlier) { signal(number, SIG_IGN) }
      sigaddset(&taken, number)
    }
    pthread_sigmask(SIG_UNBLOCK, &taken, nil)
  }

  private static let take: @convention(c) (Int32) -> Void = { number in
    let (isFirst, _) = Interrupts.signalNumber.compareExchange(
      expected: 0, desired: number, ordering: .relaxed)
    if !isFirst { _exit(128 + number) }
    Interrupts.cancellation.cancel()
    _ = write(STDERR_FILENO, Interrupts.message.baseAddress, Interrupts.message.count)
  }

  /// Lasts as long as the process.
  private static func text(_ reporting: Reporting) -> UnsafeBufferPointer<UInt8> {
    if reporting.quiet { return UnsafeBufferPointer(start: nil, count: 0) }
    let words = "stopping after this step and saving; again: at once"
    let line =
      reporting.logFormat == .json
      ? JSONText.line(Reporting.Note(message: words)) : "\nlepton: \(words)"
    let bytes = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: line.utf8.count + 1)
    _ = bytes.initialize(from: Array(line.utf8) + [UInt8(ascii: "\n")])
    return UnsafeBufferPointer(bytes)
  }

  private static func isIgnoring(_ handler: (@convention(c) (Int32) -> Void)?) -> Bool {
    unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
  }
}
