package import Foundation
import LeptonValues
internal import SwiftProtobuf

/// A file as bytes and back.
extension ONNXModelProto {
  /// Throws where the bytes are not a model.
  package init(file data: Data) throws {
    do {
      try self.init(serializedBytes: data)
    } catch {
      throw ONNXModelProto.damaged
    }
    try checkGraph()
  }

  static let damaged = LeptonError(
    .badInput, "this is not an ONNX model, or it is cut short", fix: "export or copy it again")

  func checkGraph() throws {
    guard hasGraph else {
      throw LeptonError(.badInput, "this is not an ONNX model: it holds no graph")
    }
  }

  /// Throws where the model is larger than protobuf allows, two gigabytes.
  package func serialized() throws -> Data {
    do {
      return try serializedData()
    } catch {
      throw LeptonError(
        .badInput, "the model is too large for one file", at: graph.name,
        fix: "write it to a file; its weights then go into another beside it")
    }
  }
}

extension ONNXTensorProto {
  /// A tensor in a file of its own.
  package func serialized() throws -> Data {
    do {
      return try serializedData()
    } catch {
      throw LeptonError(.badInput, "the tensor is too large for one file", at: name)
    }
  }
}
