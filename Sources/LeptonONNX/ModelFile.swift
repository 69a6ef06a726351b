internal import Foundation
import LeptonValues
internal import SwiftProtobuf

/// A model as its file describes it, without the raw elements of its initializers, which can be most of the file, and where these
/// lie. What is cut out are fields of the protobuf encoding (https://protobuf.dev/programming-guides/encoding/): pieces of
/// a message, one after the other, are the message.
struct ModelFile {
  /// Its initializers hold no `rawData`.
  var model: ONNXModelProto
  /// Where the raw elements of each initializer lie, in the order of the graph's; nil for other ways to store them.
  let elements: [Range<Int>?]
  let bytes: ModelBytes

  /// Field numbers of the format.
  private enum Field {
    static let modelGraph: UInt64 = 7
    static let graphInitializer: UInt64 = 5
    static let tensorRawData: UInt64 = 9
  }

  init(_ bytes: ModelBytes) throws {
    var graphs: [Range<Int>] = []
    var tensors: [Range<Int>] = []
    var elements: [Range<Int>?] = []
    do {
      let outer = try bytes.message(0..<bytes.count, without: Field.modelGraph) {
        graphs.append($0)
      }
      var inner = Data()
      for graph in graphs {
        inner += try bytes.message(graph, without: Field.graphInitializer) { tensors.append($0) }
      }
      model = try ONNXModelProto(serializedBytes: outer)
      if !graphs.isEmpty { model.graph = try ONNXGraphProto(serializedBytes: inner) }
      for tensor in tensors {
        var raw: Range<Int>?
        let described = try bytes.message(tensor, without: Field.tensorRawData) { raw = $0 }
        model.graph.initializer.append(try ONNXTensorProto(serializedBytes: described))
        elements.append(raw)
      }
    } catch let error as LeptonError {
      throw error
    } catch {
      throw ONNXModelProto.damaged
    }
    self.elements = elements
    self.bytes = bytes
    try model.checkGraph()
  }
}

extension ModelBytes {
  /// The message in `range` without its length-delimited fields numbered `field`; `cut` gets where the contents of each lie.
  fileprivate func message(
    _ range: Range<Int>, without field: UInt64, cut: (Range<Int>) -> Void
  ) throws -> Data {
    var kept = Data()
    var (start, position) = (range.lowerBound, range.lowerBound)
    while position < range.upperBound {
      let begin = position
      let tag = try varint(&position, below: range.upperBound)
      switch tag & 7 {
      case 0: _ = try varint(&position, below: range.upperBound)
      case 1: position += 8
      case 2:
        let length = try varint(&position, below: range.upperBound)
        guard length <= UInt64(range.upperBound - position) else { throw ONNXModelProto.damaged }
        let contents = position..<(position + Int(length))
        position = contents.upperBound
        guard tag >> 3 == field else { continue }
        kept += try data(start..<begin)
        cut(contents)
        start = position
      case 5: position += 4
      default: throw ONNXModelProto.damaged
      }
    }
    guard position == range.upperBound else { throw ONNXModelProto.damaged }
    kept += try data(start..<position)
    return kept
  }

  /// A number of 7 bits a byte, the lowest first.
  private func varint(_ position: inout Int, below end: Int) throws -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 64, by: 7) {
      guard position < end else { throw ONNXModelProto.damaged }
      let byte = try byte(at: position)
      position += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
    }
    throw ONNXModelProto.damaged
  }
}
