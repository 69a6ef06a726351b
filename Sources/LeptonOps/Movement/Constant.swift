public import LeptonGraph
public import LeptonValues

/// A tensor that is part of the graph itself.
///
/// Its textual form spells up to 64 elements out and stands for more with a checksum; such an elided
/// constant prints but does not parse. Weights are parameters, not constants.
public struct Constant: Op {
  public static let name = "constant"

  public var value: TensorData

  public init(_ value: TensorData) { self.value = value }

  public func resultTypes(of operands: [TensorType]) throws -> [TensorType] {
    guard operands.isEmpty else {
      throw LeptonError(.badInput, "constant takes no operands, \(operands.count) were given")
    }
    return [value.type]
  }

  public func pullback(
    _ node: Node, _ gradients: [Value?], _ b: inout GraphBuilder
  ) throws -> [Value?] { [] }

  public func reference(
    _ operands: [TensorData], _ results: [TensorType]
  ) throws -> [TensorData] { [value] }

  public static let samples = [
    Sample(Constant(TensorData(scalar: Float(0.1))), []),
    Sample(Constant(TensorData([1.5, -2, 3, 4] as [Double], shape: [2, 2])), []),
    Sample(Constant(TensorData([.max, -7] as [Int64], shape: [2])), []),
    Sample(Constant(TensorData([true, false], shape: [2, 1])), []),
    Sample(Constant(TensorData([] as [Float], shape: [0])), []),
    Sample(Constant(TensorData([Float.infinity, -.infinity, 1e-30], shape: [3])), []),
  ]

  public func writeONNX(_ node: Node, _ writer: inout ONNXWriter) throws {
    writer.initializer(value, for: node.result)
  }
}

extension GraphBuilder {
  public mutating func constant(_ value: TensorData) throws -> Value {
    try add(one: Constant(value))
  }

  /// A constant without axes, of the element type of `value`.
  public mutating func scalar(_ number: Double, like value: Value) throws -> Value {
    try constant(TensorData([number], as: TensorType(dtype(of: value), [])))
  }
}

extension Constant {
  private enum Key: String, CodingKey { case type, shape, values, checksum }
  private static let longestSpelledOut = 64

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(value.dtype, forKey: .type)
    try container.encode(value.shape.extents, forKey: .shape)
    guard value.elementCount <= Self.longestSpelledOut else {
      return try container.encode(value.checksum, forKey: .checksum)
    }
    switch value.dtype {
    case .f64: try container.encode(value.doubles, forKey: .values)
    case .u64: try container.encode(value.array(of: UInt64.self), forKey: .values)
    case .bool: try container.encode(value.array(of: Bool.self), forKey: .values)
    default:
      if value.dtype.isInteger {
        try container.encode(value.ints, forKey: .values)
      } else {
        try container.encode(value.floats, forKey: .values)
      }
    }
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    let dtype = try container.decode(DType.self, forKey: .type)
    let shape = Shape(try container.decode([Int].self, forKey: .shape))
    guard container.contains(.values) else {
      throw LeptonError(
        .badInput, "constant: the \(shape.elementCount) elements are left out of the text",
        fix: "give the tensor as a parameter, or save the model as ONNX")
    }
    let type = TensorType(dtype, shape)
    func values<T: Decodable>(_: T.Type) throws -> [T] {
      let values = try container.decode([T].self, forKey: .values)
      guard values.count == shape.elementCount else {
        throw LeptonError(
          .badInput, "constant: \(values.count) elements do not fill \(type)")
      }
      return values
    }
    switch dtype {
    case .f64: value = TensorData(try values(Double.self), shape: shape)
    case .f32: value = TensorData(try values(Float.self), shape: shape)
    case .i64: value = TensorData(try values(Int64.self), shape: shape)
    case .u64: value = TensorData(try values(UInt64.self), shape: shape)
    case .bool: value = TensorData(try values(Bool.self), shape: shape)
    default: value = TensorData(try values(Double.self), as: type)
    }
  }
}

extension TensorData {
  /// FNV-1a over the bytes, as 16 hexadecimal digits.
  package var checksum: String {
    withUnsafeBytes { bytes in
      var hash: UInt64 = 0xcbf2_9ce4_8422_2325
      for byte in bytes.prefix(type.byteCount) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
      let digits = String(hash, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }
  }
}
