internal import Foundation
public import LeptonCPU
import LeptonCompiler
import LeptonGraph
public import LeptonRuntime
import LeptonValues

/// What became of a node case.
public enum NodeCaseOutcome: Sendable, Hashable {
  case passed
  /// Another answer than the expected one, or an error while it ran.
  case failed(String)
  /// Refused before it ran; the reason names what is missing.
  case unsupported(String)
}

extension NodeCase {
  /// Op types of the model's nodes, each once, in alphabetical order.
  public func operators() throws -> [String] {
    let file = try ModelFile(ModelBytes(contentsOf: model)).model
    return Set(file.graph.node.map(\.opType)).sorted()
  }

  /// Reads the model, runs it on every data set, and compares types, shapes and elements.
  public func run(on backend: any Backend = CPUBackend()) -> NodeCaseOutcome {
    do {
      let graph = try ModelFile(ModelBytes(contentsOf: model)).model.graph
      for dataSet in dataSets {
        let inputs = try Self.values("input", in: dataSet, for: graph.input)
        let outputs = try Self.values("output", in: dataSet, for: graph.output)
        let feeds = Dictionary(zip(graph.input.map(\.name), inputs), uniquingKeysWith: { $1 })
        let read = try ONNXImporter().specialized(at: model, to: feeds)
        let session = try Session(read.model, backend: backend)
        let tensors = feeds.flatMap { $1.tensors(named: $0) }
        let expected = zip(graph.output, outputs).flatMap { $1.tensors(named: $0.name) }
        if let difference = Self.run(
          session, Dictionary(tensors.map { ($0.name, $0.data) }, uniquingKeysWith: { $1 }),
          expecting: expected)
        {
          return .failed(difference)
        }
      }
      return dataSets.isEmpty ? .failed("it has no data sets") : .passed
    } catch let error as LeptonError where error.kind == .badInput {
      return .unsupported(error.withoutFile.description)
    } catch {
      return .failed("\(error)")
    }
  }

  /// What is wrong with the results; nil where nothing is.
  private static func run(
    _ session: Session, _ feeds: [String: TensorData],
    expecting expected: [(name: String, data: TensorData)]
  ) -> String? {
    let results: [TensorData]
    do {
      results = try session.run(session.graph.dataInputs.map { feeds[$0.name]! })
    } catch {
      return "\(error)"
    }
    let names = session.graph.dataOutputs.map(\.name)
    guard names == expected.map(\.name) else {
      return "outputs \(names) instead of \(expected.map(\.name))"
    }
    for (result, wanted) in zip(results, expected) {
      if let difference = Agreement().difference(result, wanted.data) {
        return "output '\(wanted.name)': \(difference)"
      }
    }
    return nil
  }
}

extension LeptonError {
  /// Without the path of the model, which says nothing that the case's name does not.
  fileprivate var withoutFile: LeptonError {
    var error = self
    if let range = place.range(of: "model.onnx: ") {
      error.place = String(place[range.upperBound...])
    } else if place.hasSuffix("model.onnx") {
      error.place = ""
    }
    return error
  }
}
