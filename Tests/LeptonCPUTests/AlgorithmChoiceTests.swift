import Foundation
import LeptonCPU
import LeptonGraph
import LeptonOps
import LeptonRuntime
import LeptonValues
import Testing

@Suite("Choice of algorithms", .enabled(if: !Processor.hasWinograd))
struct AlgorithmChoiceTests {
  @Test("Tuning measures each convolution once, and what it says is what runs, with the same bits")
  func tuning() throws {
    let graph = try Self.network()
    // The rule takes Winograd for the first two, which have the same shape, and not for the third, which has few tiles.
    #expect(try kernels(graph, .byShape) == [true, true, false])
    let measured = try AlgorithmTuning().measure(
      graph, CompileOptions(threads: 2), besides: .init())
    #expect(measured.map(\.byShape) == [.winograd, .direct])
    #expect(measured.allSatisfy { $0.directSeconds > 0 && $0.winogradSeconds > 0 })
    #expect(
      measured.allSatisfy { $0.task.hasPrefix("inference f32 ") && $0.task.hasSuffix("threads 2") })

    for choices in [[ConvolutionAlgorithm.direct, .winograd], [.winograd, .winograd]] {
      let table = MeasuredAlgorithms(
        Dictionary(uniqueKeysWithValues: zip(measured.map(\.task), choices)))
      let taken = choices.map { $0 == .winograd }
      #expect(try kernels(graph, .measured(table)) == [taken[0], taken[0], taken[1]])
      #expect(try kernels(graph, .deterministic) == [false, false, false])
      let known = try AlgorithmTuning().measure(graph, CompileOptions(threads: 2), besides: table)
      #expect(known.isEmpty)
      let x = TensorData((0..<(32 * 256)).map { Float($0 % 17) }, shape: [1, 32, 16, 16])
      let runs = try (0..<2).map { _ in
        try CPUBackend().compile(graph, options(.measured(table))).run([x])
      }
      #expect(runs[0] == runs[1])
    }
  }

  @Test("Another number of threads is another task")
  func threads() throws {
    let graph = try Self.network()
    let two = try AlgorithmTuning().measure(graph, CompileOptions(threads: 2), besides: .init())
    let table = MeasuredAlgorithms(
      Dictionary(uniqueKeysWithValues: two.map { ($0.task, .direct) }))
    let one = CompileOptions(threads: 1, profiles: true, algorithms: .measured(table))
    #expect(
      try CPUBackend().compile(graph, one).profile.contains { $0.kernel == "lepton:winograd" })
  }

  private let direct = ConvolutionAlgorithm.direct
  private let winograd = ConvolutionAlgorithm.winograd

  @Test(
    "A rule is followed where the other algorithm gains next to nothing, or only at times",
    arguments: [true, false])
  func nearlyTheSame(_ isWinograd: Bool) {
    func choice(_ own: Double, _ other: Double...) -> ConvolutionAlgorithm {
      let rule = isWinograd ? ConvolutionAlgorithm.winograd : .direct
      return AlgorithmTuning.Measurement(
        "", direct: isWinograd ? other : [own, own], winograd: isWinograd ? [own, own] : other,
        byShape: rule
      ).choice
    }
    let (rule, other) = isWinograd ? (winograd, direct) : (direct, winograd)
    #expect(choice(1, 0.97, 0.97) == rule)
    #expect(choice(1, 0.9, 0.9) == other)
    #expect(choice(1, 0.5, 1.1) == rule)
    #expect(choice(1, 2, 2) == rule)
  }

  /// Two convolutions of one shape and one of another.
  private static func network() throws -> Graph {
    var b = GraphBuilder()
    var x = b.input("x", TensorType(.f32, [1, 32, 16, 16]))
    func weights(_ shape: Shape) -> TensorData {
      TensorData((0..<shape.elementCount).map { Float($0 % 13) / 13 - 0.5 }, shape: shape)
    }
    for _ in 0..<2 {
      let w = try b.add(one: Constant(weights([32, 32, 3, 3])))
      x = try b.add(one: Conv2D(padding: [1, 1, 1, 1]), x, w)
    }
    x = try b.add(one: MaxPool2D(kernel: [4, 4], strides: [4, 4]), x)
    let w = try b.add(one: Constant(weights([64, 32, 3, 3])))
    b.output("y", try b.add(one: Conv2D(padding: [1, 1, 1, 1]), x, w))
    return b.graph
  }

  private func options(_ algorithms: AlgorithmChoice) -> CompileOptions {
    CompileOptions(threads: 2, profiles: true, algorithms: algorithms)
  }

  /// Of each convolution, whether it is Winograd's.
  private func kernels(_ graph: Graph, _ algorithms: AlgorithmChoice) throws -> [Bool] {
    try CPUBackend().compile(graph, options(algorithms)).profile
      .filter { $0.name == "conv2d" }.map { $0.kernel == "lepton:winograd" }
  }
}

@Suite("Cache of measured algorithms")
struct AlgorithmCacheTests {
  private let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("lepton-cache-\(UUID().uuidString)")
  private var cache: AlgorithmCache { AlgorithmCache(environment: ["LEPTON_CACHE": folder.path]) }

  private func measurement(_ task: String, winograd: Double = 1) -> AlgorithmTuning.Measurement {
    AlgorithmTuning.Measurement(
      task, direct: [2, 2], winograd: [winograd, winograd], byShape: .direct)
  }

  @Test("Its folder follows the environment")
  func place() {
    func place(_ environment: [String: String]) -> String {
      AlgorithmCache(environment: environment).url.deletingLastPathComponent().path
    }
    #expect(place(["LEPTON_CACHE": "/a", "XDG_CACHE_HOME": "/b"]) == "/a")
    #expect(place(["LEPTON_CACHE": "", "XDG_CACHE_HOME": "/b"]) == "/b/lepton")
    #expect(place([:]).hasSuffix("/.cache/lepton"))
  }

  @Test("What is added is read again, by whoever adds it")
  func roundTrip() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    #expect(cache.read().0.choices.isEmpty && cache.read().warning == nil)
    let cache = cache
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<20 {
        group.addTask { try cache.add([self.measurement("\(number)")]) }
      }
      try await group.waitForAll()
    }
    try cache.add([measurement("0", winograd: 3)])
    let (measured, warning) = cache.read()
    #expect(warning == nil && measured.choices.count == 20)
    #expect(measured.choices["0"] == .direct && measured.choices["7"] == .winograd)
  }

  @Test(
    "A file that is damaged or of another machine is passed over with a warning, and replaced",
    arguments: ["", "{", "[]", #"{"format": 1}"#, "foreign"])
  func unusable(_ contents: String) throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    try cache.add([measurement("old")])
    let whole = try String(contentsOf: cache.url, encoding: .utf8)
    let foreign = whole.replacingOccurrences(of: "oneDNN ", with: "oneDNN 0.")
    #expect(foreign != whole)
    try Data((contents == "foreign" ? foreign : contents).utf8).write(to: cache.url)
    let (measured, warning) = cache.read()
    #expect(measured.choices.isEmpty)
    #expect(try #require(warning).contains(cache.url.path))
    try cache.add([measurement("new")])
    #expect(cache.read().0.choices == ["new": .winograd] && cache.read().warning == nil)
  }
}
