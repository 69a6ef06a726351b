import LeptonGraph
import LeptonOps
import LeptonValues
import Testing

@Suite("The verifier")
struct VerifierTests {
  private func builder() -> (b: GraphBuilder, x: Value) {
    var b = GraphBuilder(name: "g")
    let x = b.input("x", TensorType(.f32, [2, 3]))
    return (b, x)
  }

  @Test("accepts what a builder writes")
  func accepts() throws {
    var (b, x) = builder()
    b.output("y", try b.add(one: Exp(), x))
    try b.graph.verify()
  }

  @Test("refuses two inputs, or two outputs, of one name")
  func names() {
    var (b, x) = builder()
    _ = b.input("x", TensorType(.f32, []))
    #expect(throws: LeptonError.self) { try b.graph.verify() }
    var (c, _) = builder()
    c.output("y", x)
    c.output("y", x)
    #expect(throws: LeptonError.self) { try c.graph.verify() }
  }

  @Test("refuses an update of what is not there, or of another type")
  func updates() throws {
    var (b, x) = builder()
    b.output("w", x, role: .parameter)
    let missing = #expect(throws: LeptonError.self) { try b.graph.verify() }
    #expect(missing?.description == "output w: there is no parameter input of that name to update")
    _ = b.input("w", TensorType(.f32, [4]), role: .parameter)
    let other = #expect(throws: LeptonError.self) { try b.graph.verify() }
    #expect(other?.what == "its next value is f32[2, 3], the parameter is f32[4]")
  }

  @Test("a builder names the place of a node that does not fit")
  func place() {
    var (b, x) = builder()
    b.scope = "features.0"
    let error = #expect(throws: LeptonError.self) { try b.add(one: Transpose([0]), x) }
    #expect(error?.place == "features.0")
  }
}
