import Foundation
import LeptonONNX
import LeptonOps
import LeptonValues
import Testing

/// A file of `operators` or `networks`, which holds what goes in and what must come out as initializers.
struct ValueFile {
  /// The model, without the values.
  let proto: ONNXModelProto
  let feeds: [String: TensorData]
  let expected: [String: TensorData]

  private static let folder = Bundle.module.resourceURL!.appendingPathComponent("Golden")

  static let operators = names(in: "operators")
  static let networks = names(in: "networks")

  private static func names(in part: String) -> [String] {
    let folder = folder.appendingPathComponent(part)
    return ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
      .filter { $0.hasSuffix(".onnx") }.map { String($0.dropLast(5)) }.sorted()
  }

  init(_ name: String) throws {
    let url = Self.folder.appendingPathComponent("\(name).onnx")
    var proto = try ONNXModelProto(file: Data(contentsOf: url))
    let inputs = Set(proto.graph.input.map(\.name))
    var (feeds, expected): ([String: TensorData], [String: TensorData]) = ([:], [:])
    proto.graph.initializer = try proto.graph.initializer.filter { tensor in
      let isExpected = tensor.name.hasPrefix("expected:")
      guard isExpected || inputs.contains(tensor.name) else { return true }
      let dtype = try #require(DType(onnxCode: Int(tensor.dataType)))
      let type = TensorType(dtype, Shape(tensor.dims.map { Int($0) }))
      let data = tensor.rawData.withUnsafeBytes { TensorData(bytes: $0, type: type) }
      if isExpected {
        expected[String(tensor.name.dropFirst(9))] = data
      } else {
        feeds[tensor.name] = data
      }
      return false
    }
    (self.proto, self.feeds, self.expected) = (proto, feeds, expected)
  }

  /// The bytes of the model, without the values.
  var model: Data { get throws { try proto.serialized() } }

  /// What the symbols of open axes are for the feeds.
  var extents: [String: Int] {
    var found: [String: Int] = [:]
    for input in proto.graph.input {
      for (dim, extent) in zip(
        input.type.tensorType.shape.dim, feeds[input.name]?.shape.extents ?? [])
      where !dim.dimParam.isEmpty {
        found[dim.dimParam] = extent
      }
    }
    return found
  }
}
