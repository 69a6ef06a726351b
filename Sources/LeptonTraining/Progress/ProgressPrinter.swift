import Foundation

/// Decides what of the progress is written, and how: a value that answers text; who holds it
/// writes.
///
/// On a terminal one line lives and is written over; elsewhere a plain line comes every ten seconds
/// or twentieth of an epoch, whichever is later, without control codes. What an epoch came to
/// always stays.
public struct ProgressPrinter: Sendable {
  public enum Style: Sendable, Hashable {
    case live, plain, quiet
  }

  public let style: Style
  /// Columns of the terminal; longer lines could not be written over.
  private let columns: Int
  private var lastTime: Double?
  private var lastFraction = 0.0
  private var isLineOpen = false

  /// Seconds between two states of the live line.
  private static let liveInterval = 0.1
  private static let plainInterval = 10.0
  private static let plainFraction = 0.05

  public init(style: Style, columns: Int = 100) {
    self.style = style
    self.columns = columns
  }

  /// The style for standard error: live on a terminal unless `CI` or `NO_COLOR` is set (to anything
  /// but nothing).
  public static func style(
    quiet: Bool, isTerminal: Bool, environment: [String: String]
  ) -> Style {
    if quiet { return .quiet }
    let isPlain = ["CI", "NO_COLOR"].contains { !(environment[$0] ?? "").isEmpty }
    return isTerminal && !isPlain && environment["TERM"] != "dumb" ? .live : .plain
  }

  /// What to write for this progress at `time` (seconds on any clock); empty for nothing.
  public mutating func output(
    _ progress: TrainingProgress, at time: Double, memory: Int? = nil
  ) -> String {
    guard style != .quiet else { return "" }
    if case .epochDone = progress.phase {
      (lastTime, lastFraction) = (nil, 0)
      return close(
        ProgressLine.text(
          progress, memory: memory, columns: style == .live ? columns - 1 : .max))
    }
    guard isDue(progress, at: time) else { return "" }
    (lastTime, lastFraction) = (time, progress.fraction)
    guard style == .live else { return ProgressLine.text(progress, memory: memory) + "\n" }
    isLineOpen = true
    return "\r\u{1B}[K"
      + ProgressLine.text(progress, memory: memory, hasBar: true, columns: columns - 1)
  }

  /// Ends a live line that is still open: before anything else is written.
  public mutating func finish() -> String {
    defer { isLineOpen = false }
    return isLineOpen ? "\r\u{1B}[K" : ""
  }

  private mutating func close(_ line: String) -> String { finish() + line + "\n" }

  private func isDue(_ progress: TrainingProgress, at time: Double) -> Bool {
    guard let lastTime else {
      // The first line comes at once on a terminal; a log waits until there is something to say.
      return style == .live || progress.seconds >= Self.plainInterval
    }
    let waited = time - lastTime
    if style == .live { return waited >= Self.liveInterval || progress.step == progress.steps }
    return waited >= Self.plainInterval
      && abs(progress.fraction - lastFraction) >= Self.plainFraction
  }
}

extension TrainingProgress {
  fileprivate var fraction: Double { steps > 0 ? Double(step) / Double(steps) : 0 }
}
