import ArgumentParser
import LeptonCPU
import LeptonCompiler
import LeptonData
import LeptonFormats
import LeptonGraph
import LeptonNavigator
import LeptonRuntime
import LeptonValues

/// `lepton inspect`: what is in a model, and what the compiler makes of it.
struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show a model's graph, its cost and its facts; or what a file of weights holds.",
    discussion: """
      The passes of the compiler, for --after: \
      \(Pipelines.inference(CPUBackend(), .f32).uniqueNames.joined(separator: ", ")).
      """)

  @OptionGroup var file: ModelFile
  @Option(help: "The graph after this pass of the compiler, its weights folded in.")
  var after: String?
  @Option(help: "Examples at once; what the file says by default.")
  var batch: Int?
  @Option(help: "For --after: arithmetic of products and convolutions.")
  var precision = Precision.f32
  @Option(help: "Draw the graph into this SVG file, too.", completion: .file(extensions: ["svg"]))
  var svg: String?
  @OptionGroup var reporting: Reporting

  func run() throws {
    if let format = try? FileFormat(of: file.model), !format.isModel {
      guard svg == nil, after == nil else {
        throw LeptonError(
          .usage, "a file of weights has no graph", at: svg == nil ? "--after" : "--svg",
          fix: "leave it out, or name a model")
      }
      return reporting.show(WeightListing(try WeightSet(file.model, format: format), format))
    }
    let model = try file.model(batch: batch, openExtent: ModelExport.openExtent)
    let open = Set(model.facts.openExtents.values.flatMap(\.values)).sorted()
    if !open.isEmpty {
      reporting.note(
        "\(open.joined(separator: ", ")) stay open; shown for \(ModelExport.openExtent)")
    }
    let graph = try graph(of: model)
    if let svg {
      try FileBytes.write(Array(try GraphDrawing(graph).svg.utf8), to: svg)
      reporting.note("the graph is drawn in \(svg)")
    }
    reporting.show(Description(model, graph: graph))
  }

  private func graph(of model: Model) throws -> Graph {
    guard let after else { return model.graph }
    let passes = Pipelines.inference(CPUBackend(), precision)
    guard passes.contains(where: { $0.name == after }) else {
      let near = nearestSpelling(of: after, in: passes.uniqueNames)
      throw LeptonError(
        .usage, "there is no pass '\(after)'", at: "--after",
        fix: near.map { "did you mean '\($0)'?" }
          ?? "choose of \(passes.uniqueNames.joined(separator: ", "))")
    }
    return try model.frozen().applying(passes, upTo: after)
  }

  struct Description: Answer {
    struct Port: Encodable {
      let name: String
      let shape: [Int]
      let dtype: String

      init(_ port: Graph.Port, _ graph: Graph) {
        let type = graph.type(of: port.value)
        (name, shape, dtype) = (port.name, type.shape.extents, type.dtype.rawValue)
      }
    }

    let inputs: [Port]
    let outputs: [Port]
    let parameters: Int
    let flops: Int
    let costs: CostTable
    let facts: Model.Facts
    let graph: String

    init(_ model: Model, graph: Graph) {
      inputs = graph.dataInputs.map { Port($0, graph) }
      outputs = graph.dataOutputs.map { Port($0, graph) }
      parameters = model.parameterCount
      flops = graph.cost.flops
      costs = CostTable(graph)
      facts = model.facts
      self.graph = graph.description
    }

    var text: String { graph + "\n" + costs.text + "\n" + factLines }

    private var factLines: String {
      var table = Table([("", .left), ("", .left)])
      func add(_ name: String, _ value: String) {
        if !value.isEmpty { table.add([name, value]) }
      }
      add("name", facts.name)
      add("task", facts.task)
      add("parameters", Figures.count(parameters))
      add("labels", facts.labels.joined(separator: ", "))
      add("detection", facts.detection?.description ?? "")
      for (key, value) in facts.metrics.sorted(by: { $0.key < $1.key }) {
        add(key, Figures.digits(value))
      }
      for (key, value) in facts.preprocessing.sorted(by: { $0.key < $1.key }) { add(key, value) }
      for (key, value) in facts.lineage.sorted(by: { $0.key < $1.key }) { add(key, value) }
      return table.body()
    }
  }
}

extension [Pass] {
  /// In order; some passes run twice.
  fileprivate var uniqueNames: [String] {
    reduce(into: []) { names, pass in if !names.contains(pass.name) { names.append(pass.name) } }
  }
}
