public import ArgumentParser
import LeptonCPU
public import LeptonCompiler
import LeptonGraph
import LeptonRuntime
import LeptonValues

/// How a graph is compiled and run.
struct EngineOptions: ParsableArguments {
  @Option(help: "Cores to run on; as many as bring something by default.")
  var threads: Int?

  @Option(help: "Arithmetic of products and convolutions; that of the model by default.")
  var precision: Precision?

  @Flag(help: "Direct kernels for all convolutions: no Winograd, no measured choices.")
  var deterministicAlgorithms = false

  mutating func validate() throws {
    if let threads, threads < 1 {
      throw ValidationError("--threads is \(threads). Please provide 1 or more.")
    }
  }

  func compileOptions(profiles: Bool = false) -> CompileOptions {
    CompileOptions(threads: threads, profiles: profiles, algorithms: algorithms)
  }

  var algorithms: AlgorithmChoice {
    deterministicAlgorithms ? .deterministic : KnownAlgorithms.measured.choice
  }

  /// What was asked for, else what the model was evaluated with.
  func precision(of model: Model) -> Precision {
    precision ?? model.facts.lineage["precision"].flatMap(Precision.init) ?? .f32
  }

  /// Threads that the processor's back end takes for a compiled graph.
  func threads(of session: Session) -> Int {
    Int(CPUBackend.threads(for: session.graph, compileOptions()))
  }
}

extension Precision: ExpressibleByArgument {}

/// The back ends that can be asked for by name.
enum BackendChoice: String, ExpressibleByArgument, CaseIterable {
  case cpu, reference

  var backend: any Backend {
    switch self {
    case .cpu: CPUBackend()
    case .reference: ReferenceBackend()
    }
  }
}
