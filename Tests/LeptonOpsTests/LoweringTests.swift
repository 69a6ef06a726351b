import LeptonGraph
import LeptonOps
import LeptonValues
import Testing

@Suite("Lowering")
struct LoweringTests {
  static let twoDropouts = """
    graph "g"
    %0 = input "x" : f32[50, 40]
    %1 = dropout(%0) {rate: 0.25} : f32[50, 40] @ "drop"
    %2 = exp(%1) : f32[50, 40]
    %3 = dropout(%2) {rate: 0.5} : f32[50, 40]
    output "first" %1
    output "second" %3

    """

  @Test("for inference removes dropout")
  func inference() throws {
    let lowered = try Graph(parsing: Self.twoDropouts).lowered(for: .inference)
    #expect(
      lowered.description == """
        graph "g"
        %0 = input "x" : f32[50, 40]
        %1 = exp(%0) : f32[50, 40]
        output "first" %0
        output "second" %1

        """)
  }

  @Test("for training draws from one key, a stream for each dropout")
  func training() throws {
    let lowered = try Graph(parsing: Self.twoDropouts).lowered(for: .training)
    try lowered.verify()
    #expect(lowered.dataInputs.map(\.name) == ["x", "random_key"])
    let draws = lowered.nodes.compactMap { $0.op as? RandomUniform }
    #expect(draws.map(\.stream) == [0, 1])
    #expect(lowered.nodes.first { $0.op is RandomUniform }?.name == "drop")
  }

  @Test("drops the stated share, keeps the mean, and repeats with the key")
  func dropoutRate() throws {
    let lowered = try Graph(parsing: Self.twoDropouts).lowered(for: .training)
    let x = TensorData([Float](repeating: 1, count: 2000), shape: [50, 40])
    func run(_ seed: Int64) throws -> [Double] {
      try lowered.evaluate([x, TensorData([seed, 0], shape: [2])])[0].doubles
    }
    let y = try run(1)
    let dropped = Double(y.count { $0 == 0 }) / 2000
    #expect(abs(dropped - 0.25) < 0.03)
    #expect(y.allSatisfy { $0 == 0 || abs($0 - 1 / 0.75) < 1e-6 })
    #expect(try run(1) == y)
    #expect(try run(2) != y)
  }

  @Test("needs no key where nothing is random")
  func nothingRandom() throws {
    let graph = try Graph(
      parsing: """
        graph "g"
        %0 = input "x" : f32[2]
        %1 = dropout(%0) {rate: 0} : f32[2]
        output "y" %1
        """)
    #expect(try graph.lowered(for: .training).dataInputs.map(\.name) == ["x"])
  }

  @Test("for training answers the next running statistics of batch normalisation")
  func stateUpdate() throws {
    let graph = try Graph(parsing: Self.batchNorm("state"))
    let lowered = try graph.lowered(for: .training)
    try lowered.verify()
    #expect(lowered.outputs.map(\.name) == ["y", "mean", "variance"])
    #expect(lowered.output(named: "mean")?.role == .state)
    #expect(try graph.lowered(for: .inference).outputs.map(\.name) == ["y"])
  }

  @Test("refuses to update what is no state")
  func noState() throws {
    let error = try #require(throws: LeptonError.self) {
      try Graph(parsing: Self.batchNorm("input")).lowered(for: .training)
    }
    #expect(error.fix == "make it an input with the role of a state")
  }

  @Test("refuses an input that has the name of the key and is none")
  func keyTaken() throws {
    let graph = try Graph(
      parsing: """
        graph "g"
        %0 = input "random_key" : f32[2]
        %1 = dropout(%0) {rate: 0.5} : f32[2]
        output "y" %1
        """)
    let error = #expect(throws: LeptonError.self) { try graph.lowered(for: .training) }
    #expect(error?.fix == "give that input another name")
  }

  private static func batchNorm(_ kind: String) -> String {
    """
    graph "g"
    %0 = input "x" : f32[4, 3]
    %1 = parameter "scale" : f32[3]
    %2 = parameter "bias" : f32[3]
    %3 = \(kind) "mean" : f32[3]
    %4 = \(kind) "variance" : f32[3]
    %5 = batchNorm(%0, %1, %2, %3, %4) {epsilon: 0.00001, momentum: 0.1}
    output "y" %5
    """
  }
}
