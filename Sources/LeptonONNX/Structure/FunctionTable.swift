import LeptonGraph
import LeptonValues

/// The operators that a file defines itself, by domain, name and overload.
struct FunctionTable {
  private let functions: [[String]: ONNXFunctionProto]

  init(_ file: ONNXModelProto) throws {
    let named = file.functions.map { ([$0.domain.standard, $0.name, $0.overload], $0) }
    functions = Dictionary(named, uniquingKeysWith: { $1 })
    guard functions.count == named.count else {
      throw LeptonError(.badInput, "two functions have one name")
    }
  }

  subscript(node: ONNXNodeProto) -> ONNXFunctionProto? {
    functions.isEmpty ? nil : functions[[node.domain.standard, node.opType, node.overload]]
  }
}

extension String {
  fileprivate var standard: String { self == "ai.onnx" ? "" : self }
}

extension GraphReader {
  /// The nodes of a function in place of its call.
  mutating func call(
    _ function: ONNXFunctionProto, _ node: ONNXNodeProto, _ values: Scope,
    _ context: inout ONNXReadContext
  ) throws -> [ONNXValue] {
    guard node.input.count <= function.input.count else {
      throw LeptonError(
        .badInput,
        "function \(function.name) takes \(function.input.count) inputs, not "
          + "\(node.input.count)")
    }
    try budget.enter()
    let outer = opset
    defer {
      budget.leave()
      opset = outer
    }
    let own = function.opsetImport.first { ["", "ai.onnx"].contains($0.domain) }
    opset = own.map { Int($0.version) } ?? outer
    var scope: Scope = [:]
    for (index, name) in function.input.enumerated() {
      let given = index < node.input.count ? node.input[index] : ""
      scope[name] = try given.isEmpty ? .absent : value(given, values)
    }
    let attributes = Dictionary(
      (function.attributeProto + node.attribute).map { ($0.name, $0) }, uniquingKeysWith: { $1 })
    for body in function.node { try read(body.resolving(attributes), &scope, &context) }
    return try function.output.map { try value($0, scope) }
  }

  /// What a name stands for.
  func value(_ name: String, _ scope: Scope) throws -> ONNXValue {
    guard let value = scope[name] else {
      throw LeptonError(.badInput, "it reads '\(name)', which nothing makes")
    }
    return value
  }
}

extension ONNXNodeProto {
  /// With attributes of the call for those that refer to them, in subgraphs too; what the call leaves out falls away.
  fileprivate func resolving(_ given: [String: ONNXAttributeProto]) -> ONNXNodeProto {
    var node = self
    node.attribute = attribute.compactMap { attribute in
      var result = attribute
      if !attribute.refAttrName.isEmpty {
        guard let value = given[attribute.refAttrName] else { return nil }
        result = value
        result.name = attribute.name
      } else if attribute.hasG {
        result.g.node = attribute.g.node.map { $0.resolving(given) }
      }
      return result
    }
    return node
  }
}
