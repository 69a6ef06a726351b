import LeptonGraph
import LeptonOps
import LeptonValues
import Testing

@Suite("Rewriting")
struct RewriteTests {
  static let before = """
    graph "g"
    %0 = input "x" : f32[2, 3]
    %1 = parameter "w" : f32[3]
    %2 = exp(%0) : f32[2, 3]
    %3 = neg(%2) : f32[2, 3] @ "minus"
    %4 = add(%3, %1) : f32[2, 3]
    %5 = sin(%1) : f32[3]
    output "y" %4

    """

  @Test("without a rule drops only what is unused")
  func unused() throws {
    let expected = Self.before.replacing("%5 = sin(%1) : f32[3]\n", with: "")
    #expect(try Graph(parsing: Self.before).rewritten().description == expected)
  }

  @Test("replaces nodes by what the rule answers, at their place")
  func rule() throws {
    let after = try Graph(parsing: Self.before).rewritten { node, operands, b in
      node.op is Neg
        ? [try b.add(one: Subtract(), b.scalar(0, like: operands[0]), operands[0])] : nil
    }
    #expect(
      after.description == """
        graph "g"
        %0 = input "x" : f32[2, 3]
        %1 = parameter "w" : f32[3]
        %2 = exp(%0) : f32[2, 3]
        %3 = constant() {shape: [], type: "f32", values: [0]} : f32[] @ "minus"
        %4 = subtract(%3, %2) : f32[2, 3] @ "minus"
        %5 = add(%4, %1) : f32[2, 3]
        output "y" %5

        """)
  }

  @Test("specialises to other input types, and refuses unknown inputs")
  func specialized() throws {
    let graph = try Graph(parsing: Self.before)
    let larger = try graph.specialized(["x": TensorType(.f32, [7, 3])])
    #expect(larger.type(of: larger.outputs[0].value).shape == [7, 3])
    let error = #expect(throws: LeptonError.self) {
      try graph.specialized(["xs": TensorType(.f32, [])])
    }
    #expect(error?.fix == "did you mean 'x'?")
    #expect(throws: LeptonError.self) { try graph.specialized(["x": TensorType(.f32, [2, 4])]) }
  }

  @Test("an index knows makers, readers and uses")
  func index() throws {
    let graph = try Graph(parsing: Self.before)
    let index = GraphIndex(graph)
    let w = try #require(graph.input(named: "w")).value
    #expect(index.users[w.id] == [2, 3])
    #expect(!index.hasOneUse(w))
    #expect(index.hasOneUse(graph.nodes[0].result))
    #expect(index.isUnused(graph.nodes[3].result))
    #expect(!index.hasOneUse(graph.nodes[2].result))
    #expect(index.producers[graph.nodes[2].result.id] == 2)
    #expect(index.producers[w.id] == nil)
  }

  @Test("a graph inlined twice stands there twice")
  func inline() throws {
    let body = try Graph(parsing: Self.before).rewritten()
    var b = GraphBuilder(name: "twice")
    let x = b.input("x", TensorType(.f32, [2, 3]))
    let w = b.input("w", TensorType(.f32, [3]), role: .parameter)
    let once = try b.inline(body, [x, w])
    b.output("y", try b.inline(body, [once[0], w])[0])
    try b.graph.verify()
    #expect(b.graph.nodes.map(\.op.name) == ["exp", "neg", "add", "exp", "neg", "add"])
  }
}
