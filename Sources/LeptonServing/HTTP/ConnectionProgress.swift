/// How far a connection is with its requests, and whether it still moves: a value that is told what arrives and when, and
/// answers whether to go on. Times are nanoseconds of one clock.
///
/// A head must arrive whole in a given time, however many bytes trickle in; a body must bring a certain number of bytes in
/// each such span; an answer that is being sent must get shorter. So no caller can hold a connection by sending or
/// reading a byte now and then.
package struct ConnectionProgress {
  package struct Limits: Hashable {
    package var span: UInt64
    package var bodyBytes: Int
    package var headBytes: Int

    package init(span: UInt64, bodyBytes: Int, headBytes: Int) {
      (self.span, self.bodyBytes, self.headBytes) = (span, bodyBytes, headBytes)
    }
  }

  package enum Verdict: Hashable {
    case goOn
    /// The head or body does not arrive: say so with status 408, and close.
    case tooSlow
    /// Nothing can be said to this caller any more.
    case close
  }

  private enum Reading {
    /// Between requests, since the start or the last answer.
    case nothing(since: UInt64, isFirst: Bool)
    case head(since: UInt64, bytes: Int)
    case body(since: UInt64, bytes: Int)
  }

  private let limits: Limits
  private var reading: Reading
  private(set) var unanswered = 0
  /// Bytes that wait to be read by the caller, and since when they have not become fewer.
  private var blocked: (bytes: Int, since: UInt64)?

  package init(_ limits: Limits, now: UInt64) {
    self.limits = limits
    reading = .nothing(since: now, isFirst: true)
  }

  /// Whether a request is being read.
  var isReading: Bool {
    if case .nothing = reading { return false }
    return true
  }

  // MARK: What happens

  package mutating func received(_ count: Int, at now: UInt64) {
    switch reading {
    case .nothing: reading = .head(since: now, bytes: count)
    case .head(let since, let bytes): reading = .head(since: since, bytes: bytes + count)
    case .body(let since, let bytes): reading = .body(since: since, bytes: bytes + count)
    }
  }

  /// Whether the head is longer than any that is taken; to be asked once what was received is parsed.
  package var isHeadTooLong: Bool {
    if case .head(_, let bytes) = reading { return bytes > limits.headBytes }
    return false
  }

  package mutating func headEnded(at now: UInt64) {
    unanswered += 1
    reading = .body(since: now, bytes: 0)
  }

  package mutating func requestEnded(at now: UInt64) {
    reading = .nothing(since: now, isFirst: false)
  }
  package mutating func answered() { unanswered -= 1 }

  // MARK: Verdict

  /// - Parameter waiting: bytes of answers that the caller has not taken yet; 0 where he keeps up.
  package mutating func verdict(at now: UInt64, waiting: Int) -> Verdict {
    if waiting > 0 {
      if let blocked, waiting >= blocked.bytes {
        if now - blocked.since >= limits.span { return .close }
      } else {
        blocked = (waiting, now)
      }
    } else {
      blocked = nil
    }
    switch reading {
    case .nothing(let since, let isFirst):
      return isFirst && now - since >= limits.span ? .close : .goOn
    case .head(let since, _):
      return now - since >= limits.span ? .tooSlow : .goOn
    case .body(let since, let bytes):
      // A second request's body is not read while the first is being answered.
      guard unanswered <= 1, now - since >= limits.span else { return .goOn }
      if bytes < limits.bodyBytes { return .tooSlow }
      reading = .body(since: now, bytes: 0)
      return .goOn
    }
  }
}
