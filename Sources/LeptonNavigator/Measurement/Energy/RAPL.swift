import Foundation

/// The energy that the processor's packages have used, by their own count (Running Average Power Limit): all of it, whatever
/// program used it.
public struct RAPL: Sendable {
  private let domains: [Domain]

  /// One package.
  private struct Domain: Sendable {
    let counter: String
    /// The count in microjoules at which it starts again.
    let range: Double
  }

  /// Where Linux shows the counters.
  public static let folder = "/sys/class/powercap"

  /// Nil where there are no counters, or not for this user: they are root's on most systems.
  public init?(folder: String = folder) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    // `intel-rapl:0` is a package, AMD's too; `intel-rapl:0:1` is a part of it.
    domains = names.sorted().filter {
      $0.hasPrefix("intel-rapl:") && $0.split(separator: ":").count == 2
    }.compactMap { name in
      let counter = "\(folder)/\(name)/energy_uj"
      guard Self.number(in: counter) != nil,
        let range = Self.number(in: "\(folder)/\(name)/max_energy_range_uj")
      else { return nil }
      return Domain(counter: counter, range: range)
    }
    if domains.isEmpty { return nil }
  }

  /// What the counters say now; nil where one has gone away.
  public func read() -> [Double]? {
    let counts = domains.compactMap { Self.number(in: $0.counter) }
    return counts.count == domains.count ? counts : nil
  }

  /// Joules between two readings, with counters that started again.
  public func joules(from first: [Double], to last: [Double]) -> Double {
    zip(domains, zip(first, last)).reduce(0) { sum, reading in
      let (domain, (first, last)) = reading
      return sum + (last >= first ? last - first : last + domain.range - first) * 1e-6
    }
  }

  private static func number(in file: String) -> Double? {
    guard let text = try? String(contentsOfFile: file, encoding: .utf8) else { return nil }
    return Double(text.trimmingCharacters(in: .whitespacesAndNewlines))
  }
}
