import Foundation
import LeptonCPU
import LeptonCompiler
import LeptonGraph
import LeptonNavigator
import LeptonOps
import LeptonRuntime
import LeptonValues
import Testing

@Suite("Where the time goes")
struct ProfileTests {
  @Test(
    "Modules are read from the names of nodes",
    arguments: [
      ("features.9.conv2", ["features", "9", "conv2"]), ("", []), ("3", ["3"]),
      ("/layer1/layer1.0/conv1/Conv", ["layer1", "0", "conv1"]), ("/fc/Gemm", ["fc"]),
      ("/ReduceMean", []), ("/layer1/other/Conv", ["layer1", "other"]),
    ])
  func modules(_ place: String, _ modules: [String]) {
    #expect(FlameTree.modules(of: place) == modules)
  }

  @Test("A tree adds up the steps of each module, in the order in which modules first run")
  func tree() throws {
    let tree = FlameTree(try Self.profile(), name: "net")
    #expect(tree.children.map(\.name) == ["a", "b", "reorder"])
    #expect(abs(tree.ms - 10) < 1e-9 && tree.count == 5)
    #expect(abs(tree.children[0].ms - 7) < 1e-9)
    // Two convolutions by one kernel are one part of the picture, a third by another kernel is not.
    #expect(tree.children[0].children.map(\.count) == [2, 1])
    #expect(tree.children[0].children.map(\.path) == ["a", "a"])
  }

  @Test("A page is one file without scripts that shows every step, its text escaped")
  func page() throws {
    let (session, profile) = (try Self.session(), try Self.profile())
    let algorithms = AlgorithmReport(
      profile, of: session, batch: 3, precision: .bf16, algorithms: .byShape)
    #expect(algorithms.convolutions.winograd == 1 && algorithms.convolutions.direct == 3)
    #expect(algorithms.kernels.map(\.name) == ["jit:avx2", "lepton:winograd", "jit:blk"])
    #expect(abs(algorithms.kernels.reduce(0) { $0 + $1.share } - 1) < 1e-9)
    #expect(algorithms.arithmetic == [Processor.multipliesBF16 ? "bf16" : "f32": 1])

    let html = ProfilePage(
      profile, algorithms, of: "a <b> & c", what: "inference", figures: [("time", "10 ms")]
    ).html
    #expect(!html.contains("<script") && !html.contains("<link") && !html.contains("src="))
    #expect(html.contains("<h1><bdi>a &lt;b&gt; &amp; c</bdi></h1>") && !html.contains("<b> &"))
    // Across and down; the model, two modules, and three kinds of steps in them and one outside.
    #expect(html.components(separatedBy: "<title>").count - 2 == 2 * 7)
    #expect(html.contains("x=\"0.000%\" width=\"70.000%\" y=\"28\""))
    #expect(html.contains("kernel lepton:winograd (Winograd)\nlayout aBcd8b"))
    #expect(html.contains("asked for") != Processor.multipliesBF16)
  }

  private static func profile() throws -> RunProfile {
    func step(_ op: String, _ place: String, _ kernel: String, _ ms: Double) -> StepProfile {
      StepProfile(
        name: op, kernel: kernel, place: place, layout: "aBcd8b", arithmetic: .f32, runs: 2,
        seconds: 2e-3 * ms, cost: Cost(flops: 1_000_000, bytesRead: 4, bytesWritten: 4))
    }
    return RunProfile(
      [
        step("conv2d", "a", "jit:avx2", 4), step("conv2d", "b", "jit:avx2", 2),
        step("reorder", "", "jit:blk f32[1] a to b", 1), step("conv2d", "a", "lepton:winograd", 2),
        step("conv2d", "a", "jit:avx2", 1),
      ], try Ceilings(threads: 1), threads: 1)
  }

  /// One product in whatever bf16 comes to here.
  private static func session() throws -> Session {
    var b = GraphBuilder()
    let x = b.input("x", TensorType(.f32, [4, 64]))
    let w = try b.add(one: Constant(TensorData(zeros: TensorType(.f32, [64, 64]))))
    b.output("y", try b.add(one: MatMul(), x, w))
    return try Session(Model(graph: b.graph, weights: [:]), precision: .bf16)
  }
}
