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

  /// The tensors `kind_0.pb`, `kind_1.pb`, ... of a data set.
  static func tensors(_ kind: String, in dataSet: URL, count: Int) throws -> [TensorData] {
    try (0..<count).map { index in
      let file = dataSet.appendingPathComponent("\(kind)_\(index).pb")
      do {
        let bytes: Data
        let proto: ONNXTensorProto
        do { bytes = try Data(contentsOf: file) } catch {
          throw LeptonError(.io, "the file cannot be read")
        }
        do { proto = try ONNXTensorProto(serializedBytes: bytes) } catch {
          throw LeptonError(.badInput, "this is not a serialised tensor")
        }
        var external = ExternalData(directory: dataSet)
        return try TensorData(proto, external: &external)
      } catch let error as LeptonError {
        throw error.within("\(kind)_\(index).pb")
      }
    }
  }
}
