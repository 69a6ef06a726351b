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
    let outputs = golden.outputNames.filter { GoldenModel.refused[name]?.contains($0) != true }
    guard !outputs.isEmpty else { return }
    let model = try golden.imported(outputs)
    var inputs: [String: TensorData] = [:]
    for port in model.graph.dataInputs { inputs[port.name] = try golden.input(port.name) }
    let results = try model.evaluate(inputs)
    #expect(model.graph.outputs.map(\.name).sorted() == outputs)
    for (port, result) in zip(model.graph.outputs, results) {
      let tolerance = GoldenModel.halfPrecision.contains(port.name) ? 1e-3 : 1e-5
      expectClose(
        result, try golden.output(port.name), "\(name): \(port.name)", tolerance: tolerance)
    }
  }

  @Test("forms that are not supported are refused by name", arguments: GoldenModel.refused.keys)
  func refuses(name: String) throws {
    let golden = GoldenModel(name: name)
    for output in try #require(GoldenModel.refused[name]) {
      let error = try #require(throws: LeptonError.self) { try golden.imported([output]) }
      #expect(error.kind == .badInput)
      #expect(error.what.contains("not supported"), "\(error)")
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

  /// Outputs whose form is refused.
  static let refused: [String: [String]] = [:]
  /// Outputs that ONNX Runtime computes in half precision, which is single precision here.
  static let halfPrecision = ["through_half"]

  /// The part of the file that makes `outputs`, read for the extents of the values that were fed.
  func imported(_ outputs: [String]) throws -> Model {
    var file = try ONNXModelProto(file: Data(contentsOf: url))
    file.graph.output.removeAll { !outputs.contains($0.name) }
    var importer = ONNXImporter()
    if name == "dynamic_shape" {
      let shape = try input("x").shape
      importer.batch = shape[0]
      importer.extents = ["W": shape[2]]
    }
    return try importer.model(from: file.serialized(), named: name)
  }

  var outputNames: [String] {
    Self.files.filter { $0.hasPrefix("\(name).out.") }.map { file in
      String(file.dropFirst(name.count + 5).dropLast(4))
    }.sorted()
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
