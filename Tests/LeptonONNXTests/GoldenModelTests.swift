import Foundation
import LeptonGraph
import LeptonONNX
import LeptonValues
import Testing

/// Files in the forms that importers trip on, against what ONNX Runtime made of them.
struct GoldenModelTests {
  @Test("evaluates as ONNX Runtime does", arguments: GoldenModel.names)
  func agrees(name: String) throws {
    let golden = GoldenModel(name: name)
    let model = try golden.imported()
    let inputs = try model.graph.dataInputs.map { try golden.input($0.name) }
    let graph = model.graph
    let results = try graph.evaluate(
      graph.inputs.map { port in
        if let data = model.weights[port.name] { return data }
        let index = try #require(graph.dataInputs.firstIndex(of: port))
        return inputs[index]
      })
    #expect(results.count == golden.outputNames.count)
    for (port, result) in zip(graph.outputs, results) {
      expectClose(result, try golden.output(port.name), "\(name): \(port.name)")
    }
  }

  @Test("all sixty files are here")
  func count() { #expect(GoldenModel.names.count == 60) }
}

/// One of the golden files and the values that go with it.
struct GoldenModel {
  let name: String

  private static let folder = Bundle.module.resourceURL!.appendingPathComponent("Golden")
  private static let files =
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()

  static let names = files.filter { $0.hasSuffix(".onnx") }.map { String($0.dropLast(5)) }

  var url: URL { Self.folder.appendingPathComponent("\(name).onnx") }

  /// Read for the extents of the values that were fed.
  func imported() throws -> Model {
    var importer = ONNXImporter()
    if name == "dynamic_shape" {
      let shape = try input(Self.files.first { $0.hasPrefix("\(name).in.") }!.dropLast(4).split(separator: ".").last.map(String.init)!).shape
      importer.batch = shape[0]
      importer.extents = ["W": shape[shape.rank - 1]]
    }
    return try importer.model(at: url)
  }

  var outputNames: [String] {
    Self.files.filter { $0.hasPrefix("\(name).out.") }
  }

  func input(_ port: String) throws -> TensorData { try value("in.\(port)") }
  func output(_ port: String) throws -> TensorData { try value("out.\(port)") }

  private func value(_ suffix: String) throws -> TensorData {
    try readNumPy(Self.folder.appendingPathComponent("\(name).\(suffix).npy"))
  }
}

/// The same type, and elements within 1e-5, absolute and relative; whole numbers exactly.
func expectClose(
  _ actual: TensorData, _ expected: TensorData, _ what: String, tolerance: Double = 1e-5,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  guard actual.type == expected.type else {
    Issue.record("\(what) is \(actual.type), not \(expected.type)", sourceLocation: sourceLocation)
    return
  }
  let tolerance = actual.dtype.isFloatingPoint ? tolerance : 0
  for (index, (a, b)) in zip(actual.doubles, expected.doubles).enumerated() {
    let isClose = a == b || a.isNaN && b.isNaN || abs(a - b) <= tolerance * (1 + abs(b))
    if !isClose {
      Issue.record("\(what), element \(index): \(a), not \(b)", sourceLocation: sourceLocation)
      return
    }
  }
}
