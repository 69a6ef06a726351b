public import LeptonGraph
public import LeptonValues

/// A network, or a part of one: a struct that is called as a function.
///
/// ```swift
/// struct Perceptron: Module {
///   var hidden = Dense(784, 128)
///   var output = Dense(128, 10)
///
///   func callAsFunction(_ x: Tensor) -> Tensor { output(hidden(x).relu()) }
/// }
///
/// let model = try Perceptron().model(input: TensorType(.f32, [1, 784]))
/// ```
///
/// Parameters are found in stored properties and named by their path, as PyTorch names them:
/// `hidden.weight`.
public protocol Module: Sendable {
  func callAsFunction(_ x: Tensor) -> Tensor
}

extension Module {
  /// The module as a model: its graph for inputs of this type, and weights that the seed fixes.
  ///
  /// - Parameters:
  ///   - input: the type of one batch. Models are specialised to other batch sizes later, so any
  ///     will do.
  ///   - inputName: the name of the graph's input; its output is called `output`.
  /// - Throws: `LeptonError` of kind `badInput` where shapes do not fit, naming the layer.
  public func model(
    input: TensorType, inputName: String = "input", name: String = "model", seed: UInt64 = 0
  ) throws -> Model {
    try Model(
      tracing: self, inputs: [(inputName, input)], name: name, seed: seed
    ) { [("output", self($0[0]))] }
  }

  /// The graph of `model` alone: shapes and cost of a large network, without its weights.
  public func graph(
    input: TensorType, inputName: String = "input", name: String = "model"
  ) throws -> Graph {
    try Trace(self, inputs: [(inputName, input)], name: name) { [("output", self($0[0]))] }.graph
  }
}

extension Model {
  /// Traces any computation with the parameters of `module`: several inputs, several outputs.
  ///
  /// - Parameters:
  ///   - module: what holds the parameters: a module, or a tuple or array of several.
  ///   - call: from the inputs, in order, to the named outputs.
  /// - Throws: `LeptonError` of kind `badInput` where shapes do not fit, naming the layer.
  public init(
    tracing module: Any, inputs: [(name: String, type: TensorType)], name: String = "model",
    seed: UInt64 = 0, _ call: ([Tensor]) -> [(name: String, tensor: Tensor)]
  ) throws {
    let trace = try Trace(module, inputs: inputs, name: name, call)
    var weights: [String: TensorData] = [:]
    for (path, storage) in trace.parameters {
      weights[path] = storage.initializer.elements(storage.type, seed: seed, path: path)
    }
    var facts = Facts()
    facts.name = name
    self.init(graph: trace.graph, weights: weights, facts: facts)
  }
}
