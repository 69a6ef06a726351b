import CLeptonKernels
public import LeptonGraph
import LeptonOps
public import LeptonRuntime
import LeptonValues

/// The processor: oneDNN and Lepton's own kernels behind one plan for a whole graph.
public struct CPUBackend: Backend {
  public let name = "cpu"

  public init() {}

  public func claims(_ op: any Op) -> Bool { KernelTable.cpu.claims(op) }

  public func compile(_ graph: Graph, _ options: CompileOptions) throws -> any Executable {
    try EngineThread.run {
      let plan = try Self.plan(graph, options)
      return try CPUExecutable(plan, options, threads: plan.threads)
    }
  }

  /// The plan alone.
  func planned(_ graph: Graph, _ options: CompileOptions) throws -> PlanBuilder {
    try EngineThread.run { try Self.plan(graph, options) }
  }

  private static func plan(_ graph: Graph, _ options: CompileOptions) throws -> PlanBuilder {
    let threads = threads(for: graph, options)
    lk_threads_use(threads)
    let plan = PlanBuilder(graph, options, threads: threads)
    for node in graph.nodes {
      try plan.lowering(node) { try lower(node, plan) }
    }
    try plan.finishUpdates()
    return plan
  }

  private static func lower(_ node: Node, _ plan: PlanBuilder) throws {
    if let lowering = KernelTable.cpu[node.op], try lowering(node.op, node, plan) { return }
    if let op = node.op as? any ElementwiseOp,
      try ElementwiseKernel.lower(op, node, plan)
    {
      return
    }
    try FallbackKernel.lower(node, plan)
  }

  /// Below this much arithmetic a fork and join costs more than a second core brings.
  private static let flopsWorthTwoThreads = 2_000_000

  /// Threads that a graph runs on.
  package static func threads(for graph: Graph, _ options: CompileOptions) -> Int32 {
    let available = lk_threads_available()
    if let threads = options.threads { return min(Int32(clamping: max(threads, 1)), available) }
    return graph.cost.flops < flopsWorthTwoThreads ? 1 : available
  }
}
