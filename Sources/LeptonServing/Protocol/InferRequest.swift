import LeptonData
import Foundation
package import LeptonValues

/// A request for inference, checked against what the model takes.
package struct InferRequest: Sendable {
  /// An output that the caller wants, and how.
  package struct Output: Hashable, Sendable {
    /// Place among the model's outputs.
    package let index: Int
    package let isBinary: Bool
  }

  package let id: String?
  /// One for each of the model's inputs, in its order.
  package let inputs: [TensorData]
  /// Examples; 1 where the model has no batch axis.
  package let rows: Int
  package let outputs: [Output]
  /// The longest that it may wait, in nanoseconds, if the caller says so.
  package let timeout: Int?

  /// Reads a body: JSON, and after its first `jsonCount` bytes the binary data of the inputs.
  ///
  /// - Parameter jsonCount: nil where all of the body is JSON.
  /// - Throws: `Refusal` with status 400 that names the tensor.
  package init(_ body: [UInt8], jsonCount: Int?, for model: ModelSignature) throws {
    if let jsonCount, jsonCount > body.count {
      throw Refusal.bad(
        "the JSON should have \(jsonCount) bytes, the whole body has \(body.count)")
    }
    var envelope = Envelope(for: model)
    var json = JSONScanner(body, count: jsonCount)
    do {
      try envelope.read(&json)
      try json.finish()
    } catch let fault as JSONScanner.Fault {
      throw fault.refusal
    }
    guard let stated = envelope.inputs else { throw Refusal.bad("the request has no inputs") }

    var binary = BinaryTail(body, from: jsonCount ?? body.count)
    var tensors: [String: TensorData] = [:]
    for input in stated {
      guard let port = model.inputs.first(where: { $0.name == input.name }) else {
        throw Refusal.bad(
          "the model has no input \(quoted(input.name)); it takes "
            + model.inputs.map { quoted($0.name) }.joined(separator: ", "))
      }
      let type = try input.type(as: port, of: model)
      guard tensors[input.name] == nil else {
        throw Refusal.bad("input \(quoted(input.name)) occurs twice")
      }
      tensors[input.name] = try input.tensor(type, json, &binary)
    }
    try binary.finish()

    let inputs = try model.inputs.map { port in
      guard let tensor = tensors[port.name] else {
        throw Refusal.bad("input \(quoted(port.name)) is missing")
      }
      return tensor
    }
    let rows = model.isBatched ? inputs.first?.shape.first ?? 1 : 1
    if model.isBatched, let other = inputs.first(where: { $0.shape[0] != rows }) {
      throw Refusal.bad(
        "the inputs have different numbers of examples: \(rows) and \(other.shape[0])")
    }
    (self.inputs, self.rows) = (inputs, rows)
    id = envelope.id
    timeout = envelope.timeout
    outputs = try envelope.wanted(of: model)
  }
}

/// The raw elements behind the JSON, in the order of the inputs.
private struct BinaryTail {
  private let body: [UInt8]
  private var place: Int

  init(_ body: [UInt8], from place: Int) {
    self.body = body
    self.place = place
  }

  mutating func take(_ count: Int, _ type: TensorType, for name: String) throws -> TensorData {
    guard count == type.byteCount else {
      throw Refusal.bad(
        "input \(quoted(name)): binary_data_size is \(count), \(Datatype.name(of: type.dtype)) of "
          + "shape \(type.shape) takes \(type.byteCount)")
    }
    guard count <= body.count - place else {
      throw Refusal.bad(
        "input \(quoted(name)): \(count) bytes of binary data are stated, \(body.count - place) "
          + "are left; is Inference-Header-Content-Length right?")
    }
    defer { place += count }
    if type.dtype == .bool, let wrong = body[place..<(place + count)].first(where: { $0 > 1 }) {
      throw Refusal.bad("input \(quoted(name)): \(wrong) is not a BOOL")
    }
    return body.withUnsafeBytes {
      TensorData(
        bytes: UnsafeRawBufferPointer(rebasing: $0[place..<(place + count)]), type: type)
    }
  }

  func finish() throws {
    guard place == body.count else {
      throw Refusal.bad("\(body.count - place) bytes follow the binary data of the inputs")
    }
  }
}

/// An input as the request states it.
struct StatedInput {
  var name = ""
  var datatype: String?
  var shape: [Int]?
  var binaryCount: Int?
  /// Where the value of `data` starts; it is read once type and shape are known.
  var data: Int?
  /// The elements, where type and shape stood before them.
  var tensor: TensorData?

  /// The reader of the elements that the model takes; nil while the request has not said what it sends.
  func elements(of model: ModelSignature) throws -> TensorElements? {
    guard datatype != nil, shape != nil,
      let port = model.inputs.first(where: { $0.name == name })
    else { return nil }
    return TensorElements(name: name, type: try type(as: port, of: model))
  }

  /// The type of the tensor, where it is what the model takes.
  func type(as port: ModelSignature.Port, of model: ModelSignature) throws -> TensorType {
    let wanted = Datatype.name(of: port.dtype)
    guard datatype == wanted else {
      throw Refusal.bad(
        "input \(quoted(name)) is \(datatype.map(quoted) ?? "without datatype"), the model takes "
          + wanted)
    }
    guard let shape else { throw Refusal.bad("input \(quoted(name)) has no shape") }
    let open = model.openShape(of: port)
    guard shape.count == open.count,
      zip(shape, open).allSatisfy({ $0 == $1 || ($1 == -1 && $0 >= 1) })
    else {
      throw Refusal.bad(
        "input \(quoted(name)) has shape \(Self.text(shape)), the model takes \(Self.text(open))")
    }
    let type = TensorType(port.dtype, Shape(shape))
    guard type.isAddressable, type.byteCount <= Self.mostBytes else {
      throw Refusal.bad(
        "input \(quoted(name)): a tensor of shape \(Self.text(shape)) is too large")
    }
    return type
  }

  /// More than any body can fill.
  private static let mostBytes = 1 << 30

  /// A shape as it may be said back, however many axes it claims.
  private static func text(_ shape: [Int]) -> String {
    let shown = shape.prefix(8).map(String.init).joined(separator: ", ")
    return "[\(shown)\(shape.count > 8 ? ", ... \(shape.count) axes" : "")]"
  }

  fileprivate func tensor(
    _ type: TensorType, _ json: JSONScanner, _ binary: inout BinaryTail
  ) throws -> TensorData {
    if let tensor {
      guard binaryCount == nil else { throw bothRefusal }
      return tensor
    }
    switch (data, binaryCount) {
    case (nil, nil): throw Refusal.bad("input \(quoted(name)) has no data")
    case (.some, .some): throw bothRefusal
    case (nil, let count?): return try binary.take(count, type, for: name)
    case (let place?, nil):
      var data = json.again(from: place)
      return try TensorElements(name: name, type: type).read(&data)
    }
  }

  private var bothRefusal: Refusal {
    .bad("input \(quoted(name)) has both data and binary_data_size")
  }
}
