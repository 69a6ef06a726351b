import LeptonGraph
import LeptonOps
import LeptonValues
import Testing

@Suite("The textual form")
struct TextTests {
  static let classifier = """
    graph "classifier"
    %0 = input "x" : f32[8, 4]
    %1 = parameter "head.bias" : f32[4]
    %2 = state "steps" : i64[]
    %3 = add(%0, %1) : f32[8, 4] @ "head"
    %4 = reduce(%3) {axes: [1], keepDims: false, kind: "mean"} : f32[8] @ "head.\\"mean\\""
    %5 = constant() {shape: [], type: "i64", values: [1]} : i64[]
    %6 = add(%2, %5) : i64[]
    output "scores" %4
    output state "steps" %6

    """

  @Test("prints what it read, to the letter")
  func roundTrip() throws {
    let graph = try Graph(parsing: Self.classifier)
    #expect(graph.description == Self.classifier)
    #expect(try Graph(parsing: graph.description) == graph)
    #expect(graph.nodes[1].name == "head.\"mean\"")
    #expect(graph.output(named: "steps")?.role == .state)
  }

  @Test("types of nodes may be left out, and numbers may have gaps")
  func handwritten() throws {
    let graph = try Graph(
      parsing: """
        # a remark
        graph "g"
          %10 = input "x" : f32[2, 3]

          %20 = transpose(%10) {permutation: [1, 0]}
        output "y" %20
        """)
    #expect(graph.type(of: graph.outputs[0].value) == TensorType(.f32, [3, 2]))
    #expect(graph.outputs[0].value.description == "%1")
  }

  @Test("keeps the numbers of inputs that were made late")
  func lateInput() throws {
    var b = GraphBuilder(name: "late")
    let x = b.input("x", TensorType(.f32, [2]))
    let y = try b.add(one: Exp(), x)
    let z = b.input("z", TensorType(.f32, [2]))
    b.output("sum", try b.add(one: Add(), y, z))
    #expect(try Graph(parsing: b.graph.description) == b.graph)
  }

  @Test("keeps infinities and exact numbers of attributes")
  func numbers() throws {
    var b = GraphBuilder(name: "numbers")
    b.output("c", try b.constant(TensorData([Float.infinity, 0.1, -0.0, .pi], shape: [4])))
    b.output("d", try b.constant(TensorData([0.1, 1e-300], shape: [2])))
    b.output("i", try b.constant(TensorData([Int64.min, .max], shape: [2])))
    #expect(b.graph.description.contains("values: [\"inf\", 0.1, -0, 3.1415925]"))
    #expect(try Graph(parsing: b.graph.description) == b.graph)
  }

  @Test("leaves long constants out, and says so when they are read")
  func elided() throws {
    var b = GraphBuilder(name: "long")
    b.output("c", try b.constant(TensorData(zeros: TensorType(.f32, [65]))))
    #expect(b.graph.description.count < 120)
    let error = #expect(throws: LeptonError.self) { try Graph(parsing: b.graph.description) }
    #expect(error?.place == "line 2")
    #expect(error?.what == "constant: the 65 elements are left out of the text")
  }

  @Test(
    "errors say line, reason and remedy",
    arguments: [
      (
        "%0 = input \"x\" : f12[2]",
        "line 2: there is no element type 'f12'; there are "
          + DType.allCases.map(\.rawValue).joined(separator: ", ")
      ),
      ("%0 = input x : f32[2]", "line 2: a name in double quotes is missing; see 'x : f32[2]'"),
      ("%1 = exp(%0)", "line 2: %0 is read before it is made; nodes stand in topological order"),
      ("%1 = reluu(%0)", "line 2: unknown operation 'reluu'; did you mean 'relu'?"),
      ("output \"y\"", "line 2: '%' is missing; the line ends too early"),
      (
        "%0 = constant() {shape: [2], values: [1]}",
        "line 2: constant: attribute 'type' is missing; "
          + "write attributes as in {shape: [], type: \"f32\", values: [0.1]}"
      ),
      (
        "%0 = constant() {shape: [2], type: \"f32\", values: [1]}",
        "line 2: constant: 1 elements do not fill f32[2]"
      ),
      (
        "%0 = input \"x\" : f32[2]\n%0 = input \"y\" : f32[2]",
        "line 3: %0 is made twice; give each value its own number"
      ),
      (
        "%0 = input \"x\" : f32[2]\n%1 = exp(%0) : f32[3]",
        "line 3: exp makes f32[2], the text says otherwise; "
          + "correct the results and types, or leave the types out"
      ),
      (
        "%0 = input \"x\" : f32[2] junk",
        "line 2: the line goes on where it should end; see 'junk'"
      ),
    ])
  func errors(_ line: String, _ message: String) {
    let error = #expect(throws: LeptonError.self) { try Graph(parsing: "graph \"g\"\n" + line) }
    #expect(error?.description == message)
  }
}
