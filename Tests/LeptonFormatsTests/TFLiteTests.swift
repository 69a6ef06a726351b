import Foundation
import LeptonCPU
import LeptonCompiler
import LeptonData
import LeptonGraph
import LeptonRuntime
import LeptonValues
import Testing

import LeptonFormats

@Suite("TensorFlow Lite") struct TFLiteTests {
  /// Runs a file on its golden inputs; the outputs by name, with those of the interpreter.
  static func run(
    _ name: String, backend: any Backend
  ) throws -> [(name: String, found: TensorData, expected: TensorData)] {
    let arrays = try NPZ.read(Golden.path("\(name).npz"))
    let batch = try #require(arrays.first { $0.key.hasPrefix("in.") }).value.shape[0]
    let model = try TFLiteFile.model(Golden.path("\(name).tflite"), batch: batch)
    let feeds = try model.graph.dataInputs.map { try #require(arrays["in.\($0.name)"]) }
    let outputs = try Session(model, backend: backend).run(feeds)
    return try zip(model.graph.dataOutputs, outputs).map { port, found in
      (port.name, found, try #require(arrays["out.\(port.name)"]))
    }
  }

  static let backends: [any Backend] = [CPUBackend(), ReferenceBackend()]

  @Test("Float models compute what the interpreter computes", arguments: ["network", "operators"])
  func floats(name: String) throws {
    for backend in Self.backends {
      for (name, found, expected) in try Self.run(name, backend: backend) {
        #expect(found.type == expected.type, "\(name)")
        guard found.type == expected.type else { continue }
        let scale = expected.doubles.map(abs).max() ?? 1
        let distance = zip(found.doubles, expected.doubles).map { abs($0 - $1) }.max() ?? 0
        #expect(distance <= 1e-5 * max(scale, 1), "\(name) on \(backend.name): \(distance)")
      }
    }
  }

  @Test(
    "Models of 8 bits are within one quantum of the interpreter, with weights of all 8 bits too")
  func integers() throws {
    for backend in Self.backends {
      for (name, found, expected) in try Self.run("integers", backend: backend) {
        #expect(found.type == expected.type, "\(name)")
        let quantum = name == "real" ? 0.1001 : 1
        let distance = zip(found.doubles, expected.doubles).map { abs($0 - $1) }.max() ?? 0
        #expect(distance <= quantum, "\(name) on \(backend.name): \(distance)")
      }
    }
  }

  @Test("Inputs and outputs stay as the file has them, weights are parameters under its names")
  func ports() throws {
    let model = try TFLiteFile.model(Golden.path("network.tflite"), batch: 3)
    #expect(
      model.graph.type(of: model.graph.dataInputs[0].value) == TensorType(.f32, [3, 11, 9, 3]))
    #expect(model.parameterCount == 8 * 28 + 8 * 7 + 5 * 49)
    #expect(
      try model.withBatch(5).graph.type(of: model.graph.dataOutputs[0].value).shape == [5, 5])
    let bytes = try TFLiteFile.model(Golden.path("integers.tflite"))
    #expect(bytes.graph.type(of: bytes.graph.dataInputs[0].value).dtype == .i8)
  }

  @Test("Transpositions stand only where the order must change")
  func transpositions() throws {
    let model = try TFLiteFile.model(Golden.path("network.tflite"))
    // In, and out before the dense layer.
    #expect(model.graph.nodes.count { $0.op.name == "transpose" } == 2)
  }
}
