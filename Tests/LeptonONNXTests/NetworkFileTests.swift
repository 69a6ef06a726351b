import Foundation
import LeptonCPU
import LeptonCompiler
import LeptonGraph
import LeptonONNX
import LeptonValues
import Testing

/// Pieces of real architectures as PyTorch exports them, and as ONNX Runtime's quantiser and NNCF quantise them.
@Suite("Networks of other tools")
struct NetworkFileTests {
  @Test("compute what they did there", arguments: ValueFile.networks)
  func agrees(name: String) throws {
    let file = try ValueFile("networks/\(name)")
    let read = try ONNXImporter().specialized(
      from: file.model, named: name, to: file.feeds.mapValues { .tensor($0) })
    let difference = try Self.difference(read.model, file)
    #expect(difference <= (Self.isQuantised(name) ? 0.02 : 1e-5), "\(name): \(difference)")
  }

  @Test("leave as they came, for any number of examples", arguments: ValueFile.networks)
  func comesBack(name: String) throws {
    let file = try ValueFile("networks/\(name)")
    var extents = file.extents
    let batchSymbol = try #require(file.proto.graph.input[0].type.tensorType.shape.dim.first)
      .dimParam
    extents[batchSymbol] = nil
    let model = try ONNXImporter(batch: 1, extents: extents).model(from: file.model)
    let written = try ONNXExporter().data(of: model)
    let ports = try ONNXModelProto(file: written).graph
    for port in ports.input + ports.output {
      #expect(port.type.tensorType.shape.dim.first?.dimParam == "batch", "\(name): \(port.name)")
    }
    let examples = try #require(file.feeds.values.first).shape[0]
    let back = try ONNXImporter(batch: examples).model(from: written)
    let difference = try Self.difference(back, file)
    #expect(difference <= (Self.isQuantised(name) ? 0.02 : 1e-5), "\(name): \(difference)")
    let direct = try ONNXImporter(batch: examples, extents: extents).model(from: file.model)
    let (one, other) = (try Self.results(direct, file), try Self.results(back, file))
    for (a, b) in zip(one, other) { expectClose(a, b, name, tolerance: 1e-5) }
  }

  @Test("leave with every size open", arguments: ValueFile.networks)
  func staysOpen(name: String) throws {
    let file = try ValueFile("networks/\(name)")
    var importer = ONNXImporter()
    importer.openExtent = 8
    let model = try importer.model(from: file.model)
    guard !model.facts.openExtents.isEmpty else { return }
    #expect(model.facts.batch == nil)
    let written = try ONNXExporter().data(of: model)
    let open = try #require(model.facts.openExtents.values.first)
    let dims = try ONNXModelProto(file: written).graph.input[0].type.tensorType.shape.dim
    #expect(dims[0].dimParam == "batch")
    for (axis, symbol) in open { #expect(dims[axis].dimParam == symbol) }
    let feeds = file.feeds.mapValues { ONNXFeed.tensor($0) }
    let back = try ONNXImporter().specialized(from: written, to: feeds).model
    #expect(try Self.difference(back, file) <= (Self.isQuantised(name) ? 0.02 : 1e-5))
    _ = try Session(model, backend: CPUBackend())
  }

  @Test("all files are here, ten of them open")
  func count() throws {
    #expect(ValueFile.networks.count == 22)
    let open = try ValueFile.networks.filter { name in
      try ValueFile("networks/\(name)").proto.graph.input[0].type.tensorType.shape.dim.dropFirst()
        .contains { !$0.dimParam.isEmpty }
    }
    #expect(open.count >= 9, "\(open)")
  }

  private static func isQuantised(_ name: String) -> Bool {
    name.hasPrefix("ort") || name.hasPrefix("nncf")
  }

  private static func results(_ model: Model, _ file: ValueFile) throws -> [TensorData] {
    let session = try Session(model, backend: CPUBackend())
    return try session.run(session.graph.dataInputs.map { try #require(file.feeds[$0.name]) })
  }

  /// The largest difference between results and expectations, relative to the largest expected value.
  private static func difference(_ model: Model, _ file: ValueFile) throws -> Double {
    let results = try results(model, file)
    return try zip(model.graph.dataOutputs, results).map { port, result in
      let expected = try #require(file.expected[port.name])
      try #require(result.type == expected.type)
      let largest = expected.doubles.map(abs).max() ?? 0
      return zip(result.doubles, expected.doubles).map { abs($0 - $1) }.max()! / largest
    }.max() ?? .infinity
  }
}
