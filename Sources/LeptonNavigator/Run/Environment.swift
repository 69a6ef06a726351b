import Foundation
import LeptonCPU

extension EnvironmentReport {
  /// This machine, now.
  static func here() -> EnvironmentReport {
    let information = ProcessInfo.processInfo
    return EnvironmentReport(
      processor: Processor.name, cores: information.activeProcessorCount,
      system: information.operatingSystemVersionString, date: Date.now.ISO8601Format())
  }

  /// `2026-06-01 12:30 UTC`
  var day: String {
    let parts = date.split(separator: "T")
    return parts.count == 2 ? "\(parts[0]) \(parts[1].prefix(5)) UTC" : date
  }
}
