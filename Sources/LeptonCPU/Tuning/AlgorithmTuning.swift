public import LeptonGraph
import LeptonOps
public import LeptonRuntime
import LeptonValues

/// Measures which algorithm is quicker for each convolution of a compiled graph, one by one, in memory of their own.
public struct AlgorithmTuning: Sendable {
  /// What one convolution came to.
  public struct Measurement: Sendable, Hashable {
    /// A `ConvolutionTask` described.
    public var task: String
    /// Of the quickest run.
    public var directSeconds: Double
    public var winogradSeconds: Double
    /// What the rule over shapes says.
    public var byShape: ConvolutionAlgorithm
    /// That of the rule, unless the other gains a twentieth in every half of the runs: what the machine did besides must
    /// not decide.
    public var choice: ConvolutionAlgorithm

    package init(
      _ task: String, direct: [Double], winograd: [Double], byShape: ConvolutionAlgorithm
    ) {
      self.task = task
      directSeconds = direct.min() ?? 0
      winogradSeconds = winograd.min() ?? 0
      self.byShape = byShape
      let (own, other) = byShape == .winograd ? (winograd, direct) : (direct, winograd)
      let gains = zip(own, other).allSatisfy { $1 < 0.95 * $0 }
      choice = gains == (byShape == .winograd) ? .direct : .winograd
    }
  }

  /// Seconds for the runs of one convolution, after the first of each algorithm.
  public var seconds = 0.1
  /// Runs by each algorithm.
  public var runs = 8...40

  public init() {}

  /// - Parameters:
  ///   - graph: as it is run: `Session.graph`.
  ///   - known: what need not be measured again.
  public func measure(
    _ graph: Graph, _ options: CompileOptions, besides known: MeasuredAlgorithms,
    onMeasured: (Measurement) -> Void = { _ in }
  ) throws -> [Measurement] {
    let (tunable, threads) = try CPUBackend().tunable(graph, options)
    return try tunable.filter { known.choices[$0.task] == nil }.map { convolution in
      let measurement = try measure(convolution, threads: threads)
      onMeasured(measurement)
      return measurement
    }
  }

  private func measure(_ convolution: TunableConvolution, threads: Int) throws -> Measurement {
    let graph = convolution.graph
    func contestant(_ algorithms: AlgorithmChoice) throws -> any Executable {
      try CPUBackend().compile(
        graph, CompileOptions(threads: threads, profiles: true, algorithms: algorithms))
    }
    let winograd = MeasuredAlgorithms([convolution.task: .winograd])
    let contestants = [try contestant(.deterministic), try contestant(.measured(winograd))]
    let feeds = graph.dataInputs.map { Self.numbers(graph.type(of: $0.value)) }
    for contestant in contestants { _ = try contestant.run(feeds) }
    // The quickest run of each, in each of two halves that take turns.
    var least = [[Double]](repeating: [.infinity, .infinity], count: contestants.count)
    let end = ContinuousClock.now + .seconds(seconds)
    for run in 0..<runs.upperBound where run < runs.lowerBound || ContinuousClock.now < end {
      for (index, contestant) in contestants.enumerated() {
        contestant.resetProfile()
        _ = try contestant.run(feeds)
        // Neighbours bring activations in the right layout, and weights are packed once.
        let own = contestant.profile.filter { $0.name != "reorder" && $0.name != "copy" }
        least[index][run % 2] = min(least[index][run % 2], own.reduce(0) { $0 + $1.seconds })
      }
    }
    return Measurement(
      convolution.task, direct: least[0], winograd: least[1], byShape: convolution.byShape)
  }

  static func numbers(_ type: TensorType) -> TensorData {
    TensorData((0..<type.shape.elementCount).map { Double($0 * 37 % 101) / 101 - 0.5 }, as: type)
  }
}

/// A convolution that can run by more than one algorithm, alone in a graph.
struct TunableConvolution {
  var task: String
  var byShape: ConvolutionAlgorithm
  var graph: Graph
}

extension CPUBackend {
  /// The convolutions of a graph among whose algorithms can be chosen, each once, and the threads that it runs on.
  fileprivate func tunable(
    _ graph: Graph, _ options: CompileOptions
  ) throws -> ([TunableConvolution], threads: Int) {
    let plan = try planned(graph, options)
    var seen: Set<String> = []
    let convolutions = try plan.choices.compactMap { choice -> TunableConvolution? in
      guard seen.insert(choice.task).inserted else { return nil }
      var b = GraphBuilder()
      let operands = try choice.node.operands.enumerated().map { position, value in
        let type = graph.type(of: value)
        return plan.constant(value) == nil
          ? b.input("\(position)", type)
          : try b.add(one: Constant(AlgorithmTuning.numbers(type)))
      }
      for (position, result) in try b.add(choice.node.op, operands).enumerated() {
        b.output("\(position)", result)
      }
      return TunableConvolution(
        task: choice.task, byShape: choice.byShape ? .winograd : .direct, graph: b.graph)
    }
    return (convolutions, Int(plan.threads))
  }
}
