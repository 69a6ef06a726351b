import Foundation
import LeptonNavigator
import LeptonValues

/// A profile as a timeline: one run in which each step takes its mean time.
///
/// The JSON array form of the Trace Event Format (Google), which Perfetto and chrome://tracing open; times in microseconds.
struct ChromeTrace: Encodable {
  private struct Event: Encodable {
    let name: String
    let cat: String
    /// A complete event.
    let ph = "X"
    let ts: Double
    let dur: Double
    let pid = 1
    let tid = 1
    let args: RunProfile.Step

    private enum CodingKeys: CodingKey { case name, cat, ph, ts, dur, pid, tid, args }
  }

  private let traceEvents: [Event]

  init(_ profile: RunProfile) {
    var now = 0.0
    traceEvents = profile.steps.map { step in
      defer { now += step.ms * 1e3 }
      return Event(
        name: step.op, cat: step.kernel, ts: now, dur: step.ms * 1e3, args: step)
    }
  }

  func write(to file: URL) throws {
    try DurableFile.write(JSONEncoder().encode(self), to: file.path)
  }
}
