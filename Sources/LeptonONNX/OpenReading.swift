import LeptonGraph
import LeptonOps
import LeptonValues

/// How a file is read whose sizes are open: for several of them, to find out where they go.
extension ONNXImporter {
  struct Reading {
    var graph: Graph
    var open: [String: [Int: String]] = [:]
    /// Whether the graph stands for its number of examples and no other.
    var isForBatchOnly = false
  }

  /// The graph for `batch` examples, or as many as the file says. Where the file may compute with its extents, it is read
  /// for other sizes as well.
  func graph(_ reader: inout GraphReader, _ inputs: DataInputs) throws -> Reading {
    let open = openExtent == nil ? [:] : inputs.openAxes
    guard !open.isEmpty else {
      let graph = try reader.graph(inputTypes: inputs.types(batch: batch))
      if inputs.firstAxesAreAlike, reader.isIndifferentToExtents { return Reading(graph: graph) }
      return generalReading(of: graph, &reader, inputs)
        ?? Reading(graph: graph, isForBatchOnly: true)
    }
    return try openReading(&reader, inputs, open)
  }

  /// The same for any number of examples, where such a graph exists and is the same for this one.
  private func generalReading(
    of graph: Graph, _ reader: inout GraphReader, _ inputs: DataInputs
  ) -> Reading? {
    guard inputs.firstAxesAreAlike,
      let any = try? generalized(
        &reader, inputs, ProbeSizes([], unit: 1), at: inputs.types(batch: batch)),
      // With one example a file may drop the axis.
      let chosen = try? any.graph.specialized(graph.inputTypes),
      chosen.outputTypes == graph.outputTypes
    else { return nil }
    let mixes = inputs.hasFixedBatch && !any.graph.keepsExamples(of: chosen)
    return Reading(graph: chosen, isForBatchOnly: any.countsExamples || mixes)
  }

  private func openReading(
    _ reader: inout GraphReader, _ inputs: DataInputs, _ open: [String: [Int: String]]
  ) throws -> Reading {
    let symbols = Set(open.values.flatMap(\.values)).sorted()
    let usual = Dictionary(uniqueKeysWithValues: symbols.map { ($0, openExtent ?? 1) })
    var refusal: LeptonError?
    var isDependent = false
    // What depends on sizes that differ is not tried with equal ones.
    for (sizes, names) in Self.probes(of: open) where !(isDependent && sizes.areAlike) {
      do {
        let any = try generalized(
          &reader, inputs, sizes, at: inputs.binding(usual).types(batch: batch))
        for extents in [usual, sizes.first] {
          let types = try inputs.binding(extents).types(batch: batch)
          guard let graph = try? reader.graph(inputTypes: types) else { continue }
          let chosen = try any.graph.specialized(graph.inputTypes)
          guard chosen.outputTypes == graph.outputTypes else { throw SizeDependence(node: nil) }
          guard chosen.indexesWithinTables else { continue }
          return Reading(
            graph: chosen, open: names,
            isForBatchOnly: !inputs.firstAxesAreAlike || any.countsExamples
              || inputs.hasFixedBatch && !any.graph.keepsExamples(of: chosen))
        }
      } catch let dependence as SizeDependence {
        isDependent = true
        let place = dependence.node.map { " at node '\($0.name)'" } ?? ""
        refusal = LeptonError(
          .badInput,
          "the extent '\(symbols[0])' cannot stay open: what the model computes depends on it\(place)",
          fix: DataInputs.fix(for: symbols[0]))
      } catch let error as LeptonError {
        // Not every file can be read for sizes of this kind.
        if refusal == nil {
          refusal = LeptonError(
            error.kind, "open extents of \(sizes.first.values.sorted()): \(error.what)",
            at: error.place, fix: inputs.fix ?? error.fix)
        }
      }
    }
    throw refusal
      ?? LeptonError(
        .badInput, "the extent '\(symbols[0])' cannot stay open: results have other types then",
        fix: DataInputs.fix(for: symbols[0]))
  }

  /// Sizes to try, and the names of the axes for which they stand: each of its own, or all the same one, as exporters name
  /// what must be equal.
  private static func probes(
    of open: [String: [Int: String]]
  ) -> [(sizes: ProbeSizes, open: [String: [Int: String]])] {
    let symbols = Set(open.values.flatMap(\.values))
    let first = symbols.min() ?? ""
    let alike = open.mapValues { $0.mapValues { _ in first } }
    return (symbols.count > 1 ? [false, true] : [false]).flatMap { areAlike in
      ProbeSizes.units.map { unit in
        (ProbeSizes(symbols, unit: unit, areAlike: areAlike), areAlike ? alike : open)
      }
    }
  }

  /// One graph for every size, that for which the file is read (`types`) among them.
  ///
  /// - Throws: `SizeDependence` where there is none.
  private func generalized(
    _ reader: inout GraphReader, _ inputs: DataInputs, _ sizes: ProbeSizes,
    at types: [(name: String, type: ONNXInput)]
  ) throws -> (graph: Graph, countsExamples: Bool) {
    func reading(_ sizes: [String: Int], _ examples: Int) throws -> GraphReading {
      try reader.reading(inputTypes: inputs.binding(sizes).types(ofAny: examples))
    }
    var readings = try [2, 3].map { try reading(sizes.first, $0) }
    if !sizes.first.isEmpty { readings.append(try reading(sizes.second, 3)) }
    // Most that have no general form show it here already.
    _ = try generalized(readings)
    readings += sizes.witnesses.compactMap { try? reading($0.sizes, $0.examples) }
    if let asked = try? reader.reading(inputTypes: types) { readings.append(asked) }
    return try generalized(readings)
  }

  private func generalized(
    _ readings: [GraphReading]
  ) throws -> (graph: Graph, countsExamples: Bool) {
    do {
      return try Generalization.graph(of: readings)
    } catch let dependence as SizeDependence {
      // Arithmetic itself may go another way where its results are the same.
      let folded = try readings.map { try $0.withoutArithmetic }
      guard let result = try? Generalization.graph(of: folded) else { throw dependence }
      return result
    }
  }
}

extension Graph {
  fileprivate var inputTypes: [String: TensorType] {
    Dictionary(uniqueKeysWithValues: dataInputs.map { ($0.name, type(of: $0.value)) })
  }

  fileprivate var outputTypes: [TensorType] { dataOutputs.map { type(of: $0.value) } }

  /// Whether the first extents of outputs, which in `other` are as many as it has examples, are so here too.
  fileprivate func keepsExamples(of other: Graph) -> Bool {
    func examples(_ graph: Graph) -> Int? {
      graph.dataInputs.lazy.compactMap { graph.type(of: $0.value).shape.first }.first
    }
    guard let ours = examples(self), let theirs = examples(other) else { return true }
    return zip(outputTypes, other.outputTypes).allSatisfy { output, type in
      type.shape.first != theirs || output.shape.first == ours
    }
  }
}
