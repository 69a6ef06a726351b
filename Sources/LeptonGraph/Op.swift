public import LeptonValues

/// An operation: everything the system knows about one, in one place. Attributes are stored properties.
///
/// A conforming type states its type rule, its derivative as graph, its reference kernel and samples; the
/// conformance suite turns the samples into tests of all of them against each other and against each back end.
public protocol Op: Sendable, Hashable, Codable {
  /// The name in the textual form: `matmul`.
  static var name: String { get }

  /// The type rule. Throws a `LeptonError` that says which extents or types do not fit, and what would.
  func resultTypes(of operands: [TensorType]) throws -> [TensorType]

  /// The derivative: for each operand the gradient, nil where none flows, as new nodes of the builder's graph.
  ///
  /// `gradients` has one entry for each result, nil where nothing depends on it. Reverse mode is a graph
  /// transformation; see `GraphBuilder.gradients`.
  func pullback(_ node: Node, _ gradients: [Value?], _ b: inout GraphBuilder) throws -> [Value?]

  /// The reference kernel, and so the definition of the operation: plain, slow, computed in double precision.
  func reference(_ operands: [TensorData], _ results: [TensorType]) throws -> [TensorData]

  /// Arithmetic and traffic of one application.
  func cost(_ operands: [TensorType], _ results: [TensorType]) -> Cost

  /// Applications that the conformance suite tries.
  static var samples: [Sample] { get }

  /// How ONNX writes it: op types that read as this operation.
  static var onnxReaders: [String: ONNXReader] { get }

  /// Writes a node as ONNX.
  func writeONNX(_ node: Node, _ writer: inout ONNXWriter) throws
}

extension Op {
  /// Reads every operand and writes every result once; no arithmetic.
  public func cost(_ operands: [TensorType], _ results: [TensorType]) -> Cost {
    Cost(flops: 0, operands, results)
  }

  public static var onnxReaders: [String: ONNXReader] { [:] }

  public func writeONNX(_ node: Node, _ writer: inout ONNXWriter) throws {
    throw LeptonError(
      .badInput, "operation \(Self.name) has no ONNX form", at: node.name,
      fix: "lower the graph for inference before it is saved")
  }

  public var name: String { Self.name }

  /// The type rule, and that its results could exist.
  func checkedResultTypes(of operands: [TensorType]) throws -> [TensorType] {
    let types = try resultTypes(of: operands)
    for type in types where !type.isAddressable {
      throw LeptonError(
        .badInput, "\(name): the result \(type) is larger than memory can be",
        fix: "check the shapes that it is made of")
    }
    return types
  }
}
