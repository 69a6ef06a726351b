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
        let inputs = try Self.tensors("input", in: dataSet, count: graph.input.count)
        let expected = try Self.tensors("output", in: dataSet, count: graph.output.count)
        let feeds = Dictionary(zip(graph.input.map(\.name), inputs), uniquingKeysWith: { $1 })
        let read = try ONNXImporter().specialized(at: model, to: feeds)
        let session = try Session(read.model, backend: backend)
        if let difference = Self.run(session, feeds, expecting: expected) {
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
    _ session: Session, _ feeds: [String: TensorData], expecting expected: [TensorData]
  ) -> String? {
    let results: [TensorData]
    do {
      results = try session.run(session.graph.dataInputs.map { feeds[$0.name]! })
    } catch {
      return "\(error)"
    }
    for (port, (result, wanted)) in zip(session.graph.dataOutputs, zip(results, expected)) {
      if let difference = Agreement().difference(result, wanted) {
        return "output '\(port.name)': \(difference)"
      }
    }
    return results.count == expected.count
      ? nil : "\(results.count) outputs instead of \(expected.count)"
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
