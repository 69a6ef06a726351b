import ArgumentParser
import Foundation
import LeptonCompiler
import LeptonData
import LeptonGraph
import LeptonONNX
import LeptonServing
import LeptonValues

/// `lepton infer`: any ONNX file on raw tensors.
struct Infer: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run an ONNX file on tensors in .npy files.",
    discussion: "lepton infer model.onnx --input x=images.npy --output-dir out")

  @OptionGroup var file: ModelFile
  @Option(
    help: ArgumentHelp(
      "A tensor for an input; the name can be left out where there is one.",
      valueName: "name=x.npy"))
  var input: [String] = []
  @Option(help: "Where to write NAME.npy for each output.", completion: .directory)
  var outputDir: String
  @Option(help: "What runs it.")
  var backend = BackendChoice.cpu
  @OptionGroup var engine: EngineOptions
  @OptionGroup var reporting: Reporting

  func run() throws {
    let given = try InputTensors(input)
    let specialization = try file.read(batch: given.batch, for: given.named)
    var model = specialization.model
    let feeds = try given.feeds(for: model.graph, besides: specialization.bound)
    let types = zip(model.graph.dataInputs, feeds).map { ($0.name, $1.type) }
    if zip(model.graph.dataInputs, types).contains(where: { model.graph.type(of: $0.value) != $1.1 }
    ) {
      // The file is for another number of examples: that may be part of what it computes.
      model = try file.model(batch: given.batch)
      try requireIndependence(of: model, given.batch)
    }
    let fitted = Model(
      graph: try model.graph.specialized(Dictionary(uniqueKeysWithValues: types)),
      weights: model.weights, facts: model.facts)
    let session = try Session(
      fitted, precision: engine.precision(of: model), backend: backend.backend,
      options: engine.compileOptions())
    let results = try session.run(feeds)
    reporting.show(try write(results, of: session.graph))
  }

  /// A file that says how many examples it takes may mix those of more.
  private func requireIndependence(of model: Model, _ count: Int) throws {
    let trial = try ExampleIndependence(
      model.withBatch(1), precision: engine.precision(of: model), options: engine.compileOptions())
    guard try trial.holds() else {
      throw LeptonError(
        .badInput, "\(count) examples at once: the file is for another number, and mixes them",
        at: file.model, fix: "feed it as many as it says, or export it with that number open")
    }
  }

  private func write(_ results: [TensorData], of graph: Graph) throws -> Outputs {
    do {
      try FileManager.default.createDirectory(
        atPath: outputDir, withIntermediateDirectories: true)
    } catch {
      throw LeptonError(
        .io, "the folder cannot be created", at: outputDir,
        fix: "check the path and its permissions")
    }
    var outputs: [Outputs.Output] = []
    var taken: Set<String> = []
    for (port, data) in zip(graph.dataOutputs, results) {
      var name = String(port.name.map { $0 == "/" || $0 == "\0" ? "_" : $0 })
      while !taken.insert(name).inserted { name += "_" }
      let path = (outputDir as NSString).appendingPathComponent(name + ".npy")
      try NPY.write(data, to: path)
      outputs.append(
        Outputs.Output(
          name: port.name, shape: data.shape.extents, dtype: data.dtype.rawValue, file: path))
    }
    return Outputs(outputs: outputs)
  }

  struct Outputs: Answer {
    struct Output: Encodable {
      let name: String
      let shape: [Int]
      let dtype: String
      let file: String
    }

    let outputs: [Output]

    var text: String {
      var table = Table([("output", .left), ("type", .left), ("file", .left)])
      for output in outputs {
        table.add([output.name, "\(output.dtype)\(Shape(output.shape))", output.file])
      }
      return table.text()
    }
  }
}

/// The tensors of `--input`, by name; a name that was left out is empty.
private struct InputTensors {
  private var tensors: [(name: String, path: String, data: TensorData)] = []

  init(_ arguments: [String]) throws {
    for argument in arguments {
      let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
      let (name, path) = parts.count == 2 ? (parts[0], parts[1]) : ("", argument)
      guard !tensors.contains(where: { $0.name == name }) else {
        throw LeptonError(
          .usage, name.isEmpty ? "two tensors without a name" : "'\(name)' is given twice",
          at: "--input", fix: "give one for each input, as NAME=x.npy")
      }
      tensors.append((name, path, try NPY.read(path)))
    }
  }

  /// Examples at once: the first extent of the first tensor that has one.
  var batch: Int { max(1, tensors.lazy.compactMap { $0.data.shape.first }.first ?? 1) }

  /// Those that say which input they are for.
  var named: [String: TensorData] {
    Dictionary(
      tensors.filter { !$0.name.isEmpty }.map { ($0.name, $0.data) }, uniquingKeysWith: { $1 })
  }

  /// In the order of the graph's inputs; `bound` are in the graph already.
  func feeds(for graph: Graph, besides bound: Set<String>) throws -> [TensorData] {
    let ports = graph.dataInputs
    let names = ports.map(\.name)
    for tensor in tensors where !names.contains(tensor.name) && !bound.contains(tensor.name) {
      if tensor.name.isEmpty, names.count == 1 { continue }
      let near = nearestSpelling(of: tensor.name, in: names)
      throw LeptonError(
        .usage,
        tensor.name.isEmpty
          ? "'\(tensor.path)' does not say which input it is for"
          : "the model has no input '\(tensor.name)'", at: "--input",
        fix: near.map { "did you mean '\($0)'?" } ?? "it has \(names.joined(separator: ", "))")
    }
    return try ports.map { port in
      let type = graph.type(of: port.value)
      guard let tensor = tensors.first(where: { [port.name, ""].contains($0.name) }) else {
        throw LeptonError(
          .usage, "input '\(port.name)' (\(type)) was not given",
          fix: "give --input \(port.name)=x.npy")
      }
      try check(tensor.data.type, against: type, tensor.path)
      return tensor.data
    }
  }

  private func check(_ given: TensorType, against wanted: TensorType, _ path: String) throws {
    guard given.dtype == wanted.dtype else {
      throw LeptonError(
        .badInput, "the elements are \(given.dtype), the model takes \(wanted.dtype)", at: path,
        fix: "convert them with .astype in NumPy")
    }
    let fits =
      given.shape.rank == wanted.shape.rank
      && given.shape.dropFirst().elementsEqual(wanted.shape.dropFirst())
    guard fits else {
      throw LeptonError(
        .badInput, "the shape is \(given.shape), the model takes \(wanted.shape)", at: path,
        fix: "any first extent will do, the others must be those of the model")
    }
  }
}
