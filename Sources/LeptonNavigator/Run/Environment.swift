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
}
