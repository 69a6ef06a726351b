import Foundation

/// The most memory that the process has had in use so far.
enum PeakMemory {
  static var bytes: Int { highWaterMark ?? resourceUsage }

  /// What Linux keeps for the program alone. `getrusage` would count that of the process which started it, too, up to
  /// the moment of the start.
  private static var highWaterMark: Int? {
    guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
      let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
      let kibibytes = line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({
        Int($0)
      })
    else { return nil }
    return kibibytes * 1024
  }

  private static var resourceUsage: Int {
    var usage = rusage()
    #if os(Linux)
      getrusage(RUSAGE_SELF.rawValue, &usage)
      return usage.ru_maxrss * 1024
    #else
      getrusage(RUSAGE_SELF, &usage)
      return usage.ru_maxrss
    #endif
  }
}
