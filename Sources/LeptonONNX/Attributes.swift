internal import Foundation
package import LeptonGraph
import LeptonValues

extension ONNXAttribute {
  /// The value of an attribute, lists of strings joined by commas; nil for kinds that no operation
  /// here has (subgraphs, lists of tensors).
  init?(_ attribute: ONNXAttributeProto, external: inout ExternalData) throws {
    switch attribute.type {
    case .float: self = .float(attribute.f.shortestDouble)
    case .int: self = .int(Int(attribute.i))
    case .string: self = .string(String(decoding: attribute.s, as: UTF8.self))
    case .tensor: self = .tensor(try TensorData(attribute.t, external: &external))
    case .floats: self = .floats(attribute.floats.map(\.shortestDouble))
    case .ints: self = .ints(attribute.ints.map { Int($0) })
    case .undefined, .UNRECOGNIZED:
      throw LeptonError(.badInput, "attribute '\(attribute.name)' has no known type")
    case .strings:
      self = .string(
        attribute.strings.map { String(decoding: $0, as: UTF8.self) }.joined(separator: ","))
    case .graph, .tensors, .graphs: return nil
    }
  }
}

extension ONNXAttributeProto {
  package init(_ name: String, _ value: ONNXAttribute) {
    self.init()
    self.name = name
    switch value {
    case .int(let value):
      type = .int
      i = Int64(value)
    case .float(let value):
      type = .float
      f = Float(value)
    case .string(let value):
      type = .string
      s = Data(value.utf8)
    case .ints(let values):
      type = .ints
      ints = values.map(Int64.init)
    case .floats(let values):
      type = .floats
      floats = values.map { Float($0) }
    case .tensor(let data):
      type = .tensor
      t = ONNXTensorProto(data, name: "")
    }
  }
}

extension Float {
  /// The double with the same shortest decimal: 0.1 for 0.1f, so that attributes survive the
  /// format's single precision.
  fileprivate var shortestDouble: Double { Double(description) ?? Double(self) }
}
