import Foundation
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

#if canImport(Glibc)
  private let put = Glibc.write
#elseif canImport(Darwin)
  private let put = Darwin.write
#endif

/// Writes progress to standard error as the terminal allows.
///
/// ```swift
/// let reporter = ProgressReporter(quiet: false)
/// try Trainer.fit(model, train: data, backend: backend, onProgress: reporter.report)
/// reporter.finish()
/// ```
public final class ProgressReporter: Sendable {
  private let printer: Mutex<ProgressPrinter>

  public init(quiet: Bool = false) {
    let style = ProgressPrinter.style(
      quiet: quiet, isTerminal: isatty(STDERR_FILENO) == 1,
      environment: ProcessInfo.processInfo.environment)
    var size = winsize()
    let known = ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
    printer = Mutex(ProgressPrinter(style: style, columns: known ? Int(size.ws_col) : 100))
  }

  public func report(_ progress: TrainingProgress) {
    let now = Double(DispatchTime.now().uptimeNanoseconds) * 1e-9
    write(
      printer.withLock { $0.output(progress, at: now, memory: ProcessMemory.residentBytes) })
  }

  /// Clears a live line, so that something else can be written.
  public func finish() { write(printer.withLock { $0.finish() }) }

  /// A terminal that has gone away is no reason to stop: what cannot be said is passed over.
  private func write(_ text: String) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { put(STDERR_FILENO, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return }
      rest = rest.dropFirst(count)
    }
  }
}

/// The memory that the process has in use.
public enum ProcessMemory {
  /// Resident bytes now; nil where the system does not say.
  public static var residentBytes: Int? {
    guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else {
      return nil
    }
    let fields = text.split(separator: " ")
    guard fields.count > 1, let pages = Int(fields[1]) else { return nil }
    return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
  }
}
