import Foundation
import Lepton
import LeptonCompression
import LeptonData
import LeptonGraph
import LeptonNavigator
import LeptonONNX
import LeptonTraining
import LeptonValues
import Testing

@Suite("Search")
struct NavigationTests {
  @Test(
    "A candidate is on the front unless another is as good in everything and better in something")
  func findsFront() {
    let all = [
      figures("f32", latency: 1, bytes: 1000, accuracy: 0.99),
      figures("worse", latency: 1.1, bytes: 1000, accuracy: 0.99),
      figures("small", latency: 2, bytes: 100, accuracy: 0.98),
      figures("twin", latency: 2, bytes: 100, accuracy: 0.98),
    ]
    #expect(ParetoFront.indices(of: all) == [0, 2, 3])
  }

  @Test("Forms have names of their own")
  func namesForms() {
    let forms = [
      CandidateForm(.f32), CandidateForm(.bf16), CandidateForm(.int8),
      CandidateForm(.int8, range: .minMax), CandidateForm(.int8, range: .percentile(99.9)),
      CandidateForm(.int8, range: .minMax, excluded: ["0", "4"]),
    ]
    #expect(
      forms.map(\.name) == [
        "f32", "bf16", "int8", "int8-min-max", "int8-percentile-99.9", "int8-min-max-but-2",
      ])
  }

  @Test(
    "A search leaves the chosen model behind; where too much would be lost, layers stay in f32",
    .timeLimit(.minutes(3)))
  func searches() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("lepton-navigate-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let recipe = try Recipe(
      yaml: """
        data: {spec: digits, limit: 900}
        model: {architecture: mlp}
        training: {epochs: 2, batch: 32}
        compression: {calibration: {examples: 32}}
        """)
    let parts = try DataParts(recipe.data)
    let runFolder = try RunFolder(creating: folder)
    let model = try RecipeTraining(recipe, parts, in: runFolder).execute().model
    // Nothing may be lost and more than everything must be right: no form is enough, so all are tried.
    var navigation = Navigation(
      model, on: parts,
      requirement: try Requirement(expressions: ["max_accuracy_drop<=0", "min_accuracy>=1"]),
      policy: .cost, price: try PriceTable.builtIn().price(PriceTable.defaultKey))
    navigation.speed.seconds = 0.01
    navigation.speed.minimumRuns = 5
    let report = try navigation.execute(in: runFolder)
    #expect(
      report.candidates.map(\.name) == [
        "f32", "bf16", "int8", "int8-percentile-99.9", "int8-min-max",
      ] + report.candidates.dropFirst(5).map(\.name))
    let mixed = report.candidates.dropFirst(5).map(\.name)
    #expect(mixed.count == 2)
    #expect(mixed.first?.hasSuffix("-but-1") == true)
    #expect(mixed.last?.hasSuffix("-but-2") == true)
    #expect(report.chosen == nil)
    #expect(throws: LeptonError.self) { try report.requireChoice() }

    navigation.requirement = Requirement()
    let free = try navigation.execute(in: runFolder)
    #expect(free.candidates.count == 5)
    #expect(!free.front.isEmpty)
    let artifact = try Model(onnx: URL(fileURLWithPath: try #require(free.artifact)))
    #expect(artifact.facts.lineage["candidate"] == free.chosen?.name)
  }

  private func figures(
    _ name: String, latency: Double, bytes: Int, accuracy: Double
  ) -> CandidateFigures {
    CandidateFigures(
      name: name, validationAccuracy: accuracy,
      test: ClassificationReport(confusion: [[1]], names: ["a"]),
      costs: .made(latency: latency, cost: latency, bytes: bytes))
  }
}
