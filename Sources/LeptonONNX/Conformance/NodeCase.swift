public import Foundation
import LeptonValues
internal import SwiftProtobuf

/// A case of ONNX's node tests: a folder with `model.onnx` and, for each `test_data_set_N`, what goes in and what must
/// come out, as serialised tensors (`input_0.pb`, `output_0.pb`).
public struct NodeCase: Sendable {
  public let name: String
  public let model: URL
  let dataSets: [URL]

  /// The cases in `directory` in alphabetical order. Throws where there is none.
  public static func all(in directory: URL) throws -> [NodeCase] {
    let cases = try entries(of: directory).compactMap { try NodeCase($0) }
    guard !cases.isEmpty else {
      throw LeptonError(
        .badInput, "no folder in it holds a model.onnx", at: directory.path,
        fix: "name the folder that holds the folders of the cases")
    }
    return cases
  }

  private init?(_ folder: URL) throws {
    name = folder.lastPathComponent
    model = folder.appendingPathComponent("model.onnx")
    guard FileManager.default.fileExists(atPath: model.path) else { return nil }
    dataSets = try Self.entries(of: folder).filter {
      $0.lastPathComponent.hasPrefix("test_data_set_")
    }
  }

  private static func entries(of directory: URL) throws -> [URL] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted().map {
        directory.appendingPathComponent($0)
      }
    } catch {
      throw LeptonError(
        .io, "the folder cannot be read", at: directory.path, fix: "check the path")
    }
  }

  /// What `kind_0.pb`, `kind_1.pb`, ... of a data set hold, for the ports of a model.
  static func values(
    _ kind: String, in dataSet: URL, for ports: [ONNXValueInfoProto]
  ) throws -> [ONNXFeed] {
    try ports.enumerated().map { index, port in
      let file = "\(kind)_\(index).pb"
      do {
        let bytes: Data
        do { bytes = try Data(contentsOf: dataSet.appendingPathComponent(file)) } catch {
          throw LeptonError(.io, "the file cannot be read")
        }
        var external = ExternalData(directory: dataSet)
        do { return try ONNXFeed(bytes, port.type, &external) } catch let error as LeptonError {
          throw error
        } catch {
          throw LeptonError(.badInput, "this is not a serialised value")
        }
      } catch let error as LeptonError {
        throw error.within(file)
      }
    }
  }
}

extension ONNXFeed {
  fileprivate init(
    _ bytes: Data, _ type: ONNXTypeProto, _ external: inout ExternalData
  ) throws {
    switch type.value {
    case .sequenceType: try self.init(ONNXSequenceProto(serializedBytes: bytes), &external)
    case .optionalType: try self.init(ONNXOptionalProto(serializedBytes: bytes), &external)
    case .tensorType, nil:
      self = .tensor(
        try TensorData(ONNXTensorProto(serializedBytes: bytes), external: &external))
    }
  }

  private init(_ proto: ONNXSequenceProto, _ external: inout ExternalData) throws {
    self = .sequence(
      try proto.tensorValues.map { .tensor(try TensorData($0, external: &external)) }
        + proto.sequenceValues.map { try ONNXFeed($0, &external) }
        + proto.optionalValues.map { try ONNXFeed($0, &external) })
  }

  private init(_ proto: ONNXOptionalProto, _ external: inout ExternalData) throws {
    if proto.hasTensorValue {
      self = .tensor(try TensorData(proto.tensorValue, external: &external))
    } else if proto.hasSequenceValue {
      try self.init(proto.sequenceValue, &external)
    } else {
      self = .absent
    }
  }
}
