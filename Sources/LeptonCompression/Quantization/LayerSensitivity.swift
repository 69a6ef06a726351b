public import LeptonCPU
import LeptonCompiler
import LeptonData
import LeptonGraph
public import LeptonRuntime
import LeptonValues

/// How much the output of a model changes when one of its layers, and no other, is quantised.
public struct LayerSensitivity: Sendable, Hashable, Codable {
  /// The layer's name.
  public var name: String
  /// The root of the mean squared change of the output, relative to that of the output itself.
  public var error: Double
}

extension Calibration {
  /// The sensitivity of every layer on the examples of a set, the largest first.
  public func sensitivities(
    _ options: Int8Quantization = Int8Quantization(), on set: CalibrationSet,
    backend: any Backend = CPUBackend()
  ) throws -> [LayerSensitivity] {
    let names = source.layers.map(\.layer.name)
    let exact = try source.model.outputs(for: set.examples, backend)
    let size = exact.reduce(0) { $0 + Double($1) * Double($1) }
    return try names.map { name in
      var options = options
      options.excluded = Set(names).subtracting([name])
      let rounded = try quantized(options).outputs(for: set.examples, backend)
      let change = zip(exact, rounded).reduce(0) {
        $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1)
      }
      return LayerSensitivity(name: name, error: size > 0 ? (change / size).squareRoot() : 0)
    }
    .sorted { $0.error > $1.error }
  }
}

extension Model {
  /// The elements of the first output for every example; some come up again where they fill the last batch.
  fileprivate func outputs(for data: Dataset, _ backend: any Backend) throws -> [Float] {
    let batch = min(32, data.count)
    let session = try Session(withBatch(batch), backend: backend)
    return try stride(from: 0, to: data.count, by: batch).flatMap { start in
      let rows = (start..<(start + batch)).map { $0 % data.count }
      return try session.run([data.subset(rows).features])[0].floats
    }
  }
}
