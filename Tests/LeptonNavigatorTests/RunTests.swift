import Foundation
import LeptonData
import LeptonGraph
import LeptonNavigator
import LeptonONNX
import LeptonTraining
import LeptonValues
import Testing

@Suite("The whole loop")
struct RunTests {
  @Test("Parts have no row in common, and statistics of none are those of another")
  func dividesData() throws {
    let recipe = try Recipe(yaml: "data: {spec: digits, limit: 1000}")
    let parts = try DataParts(recipe.data)
    #expect(parts.train.count + parts.validation.count + parts.calibration.count == 1000)
    #expect(parts.validation.count == 100)
    #expect(parts.calibration.count == 50)
    let fingerprints = [parts.train, parts.validation, parts.calibration, parts.test].map {
      Set((0..<$0.count).map($0.rowBytes))
    }
    for a in fingerprints.indices {
      for b in fingerprints.indices where a < b {
        #expect(fingerprints[a].isDisjoint(with: fingerprints[b]))
      }
    }
  }

  @Test(
    "A recipe becomes a folder with an artifact that computes what the report says",
    .timeLimit(.minutes(3)))
  func runs() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("lepton-run-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let recipe = try Recipe(
      yaml: """
        name: tiny
        data: {spec: digits, limit: 900}
        model: {architecture: mlp}
        training: {epochs: 3, batch: 32}
        compression: {candidates: [bf16, int8], calibration: {examples: 64}}
        policy: balanced
        """)
    var run = Run(recipe, output: folder)
    run.speed.seconds = 0.02
    run.speed.minimumRuns = 20
    run.speed.rounds = 2
    var stages: [String] = []
    var epochs = 0
    var shown: [String] = []
    let report = try run.execute { event in
      switch event {
      case .data(let parts): shown.append(parts.summary)
      case .model(let model): shown += model.layers.map(\.kind)
      case .stage(let text): stages.append(text)
      case .training(let progress):
        if case .epochDone = progress.phase { epochs += 1 }
      case .candidate, .checkpoint, .note: break
      }
    }
    try report.requireChoice()
    #expect(stages.count == 5 + report.candidates.count)
    #expect(epochs == 3)
    #expect(shown.first?.hasPrefix("train ") == true && shown.contains("matmul"))
    #expect(report.candidates.map(\.name) == ["f32", "bf16", "int8"])
    #expect(report.baseline.accuracy > 0.5)
    let (f32, bf16, int8) = (report.candidates[0], report.candidates[1], report.candidates[2])
    #expect(Double(bf16.bytes) < 0.6 * Double(f32.bytes))
    #expect(Double(int8.bytes) < 0.35 * Double(f32.bytes))
    #expect(int8.accuracy > f32.accuracy - 0.03)
    #expect(report.training.history.count == 3)

    let artifact = try Model(onnx: URL(fileURLWithPath: try #require(report.artifact)))
    let chosen = try #require(report.chosen)
    #expect(artifact.facts.metrics["test.accuracy"] == chosen.accuracy)
    #expect(artifact.facts.labels.count == 10)
    let test = try DataParts(recipe.data).test
    let again = try ClassificationReport(of: artifact, on: test)
    #expect(again.accuracy == chosen.accuracy)

    let config = try Recipe(file: folder.appendingPathComponent("config.yaml"))
    #expect(config.training == recipe.training)
    let lines = try String(
      contentsOf: folder.appendingPathComponent("metrics.jsonl"), encoding: .utf8)
    #expect(lines.split(separator: "\n").count == 3)
  }

  @Test("The report has the keys that scripts rely on")
  func hasPromisedKeys() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("lepton-run-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let recipe = try Recipe(
      yaml: """
        data: {spec: digits, limit: 300}
        model: {architecture: mlp}
        training: {epochs: 1, batch: 32}
        compression: {candidates: [f32]}
        requirement: {max_bytes: 10}
        """)
    var run = Run(recipe, output: folder)
    run.speed.seconds = 0.01
    run.speed.minimumRuns = 5
    let report = try run.execute()
    #expect(report.artifact == nil)
    let error = try #require(throws: LeptonError.self) { try report.requireChoice() }
    #expect(error.kind == .infeasible)
    let json = try #require(
      JSONSerialization.jsonObject(with: report.json()) as? [String: Any])
    for key in ["report", "page", "baseline", "candidates", "infeasible_because"] {
      #expect(json[key] != nil, "\(key)")
    }
    let baseline = try #require(json["baseline"] as? [String: Any])
    for key in [
      "name", "accepted", "reason", "accuracy", "latency_ms", "throughput_per_s", "bytes",
      "parameters", "flops", "peak_rss_bytes", "cost_per_million",
    ] {
      #expect(baseline[key] != nil, "\(key)")
    }
    let latency = try #require(baseline["latency_ms"] as? [String: Double])
    #expect(latency.keys.sorted() == ["p50", "p95"])
    let algorithms = try #require(json["algorithms"] as? [String: Any])
    #expect(algorithms["model"] as? String == "f32")
    for part in ["inference", "training"] {
      let part = try #require(algorithms[part] as? [String: Any])
      for key in [
        "batch", "ms", "precision", "arithmetic", "convolutions", "kernels", "threads", "processor",
      ] {
        #expect(part[key] != nil, "\(key)")
      }
      #expect((part["arithmetic"] as? [String: Double])?.keys.contains("f32") == true)
    }
    let page = try String(contentsOf: URL(fileURLWithPath: report.page), encoding: .utf8)
    #expect(page.components(separatedBy: "<svg class=\"flame").count == 5)
  }

  @Test("A run that is cancelled says so")
  func isCancelled() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("lepton-run-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let run = Run(
      try Recipe(yaml: "data: {spec: digits, limit: 300}\nmodel: {architecture: mlp}"),
      output: folder)
    let error = try #require(throws: LeptonError.self) {
      try run.execute { event in
        if case .training = event { run.cancellation.cancel() }
      }
    }
    #expect(error.kind == .interrupted)
  }
}

extension Dataset {
  fileprivate func rowBytes(_ index: Int) -> [Float] { example(at: index).features.floats }
}
