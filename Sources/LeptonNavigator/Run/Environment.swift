import Foundation

extension EnvironmentReport {
  /// This machine, now.
  static func here() -> EnvironmentReport {
    let information = ProcessInfo.processInfo
    return EnvironmentReport(
      processor: processorName, cores: information.activeProcessorCount,
      system: information.operatingSystemVersionString, date: Date.now.ISO8601Format())
  }

  /// As the system names it.
  static var processorName: String {
    let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
    return line?.split(separator: ":").last?.trimmingCharacters(in: .whitespaces) ?? "unknown"
  }
}
