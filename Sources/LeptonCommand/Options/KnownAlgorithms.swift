import Foundation
import LeptonCPU
import LeptonGraph
import LeptonRuntime
import Synchronization

/// The measured algorithms of this machine: read once, where a command compiles something, and added to by tuning.
enum KnownAlgorithms {
  private static let known = Mutex<MeasuredAlgorithms?>(nil)

  static var measured: MeasuredAlgorithms {
    known.withLock { known in
      if let known { return known }
      let (measured, warning) = AlgorithmCache().read()
      if let warning { warn(warning) }
      known = measured
      return measured
    }
  }

  /// Measures what is not known about a compiled graph, and keeps it.
  static func tune(
    _ graph: Graph, _ options: CompileOptions, _ reporting: Reporting
  ) throws -> [AlgorithmTuning.Measurement] {
    let measurements = try AlgorithmTuning().measure(graph, options, besides: measured)
    if measurements.isEmpty { return [] }
    let cache = AlgorithmCache()
    try cache.add(measurements)
    known.withLock { known in
      for measurement in measurements { known?.choices[measurement.task] = measurement.choice }
    }
    reporting.note("\(measurements.count) convolutions measured, kept in \(cache.url.path)")
    return measurements
  }

  private static func warn(_ message: String) {
    StandardStreams.log(
      LogFormat.isJSON(CommandLine.arguments)
        ? JSONText.line(Warning(message: message)) : "lepton: warning: \(message)")
  }

  private struct Warning: Encodable {
    let level = "warning"
    let message: String
  }
}
