import Foundation
import LeptonData
import LeptonValues
import Testing

@Suite("A model's way through the commands")
struct JourneyTests {
  static let recipe = """
    data: {spec: digits, limit: 1000}
    model: {architecture: mlp}
    training: {epochs: 2, batch: 50}
    compression: {candidates: [f32, int8], calibration: {examples: 64}}
    """

  @Test("A run goes on from a trained network; one that is not there leaves nothing behind")
  func runsFromFile() throws {
    let scratch = try Scratch()
    func run(_ arguments: String...) throws -> Tool.Outcome {
      try Tool.run(arguments + ["--json", "--quiet"], in: scratch.url)
    }
    let recipe = "data: {spec: digits, limit: 200}\ntraining: {epochs: 1}"
    try Data(recipe.utf8).write(to: scratch.url.appendingPathComponent("r.yml"))
    #expect(try run("train", "r.yml", "--output", "first").code == 0)
    let second = try run(
      "run", "r.yml", "--set", "model=first/model.onnx", "--output", "second", "--fast-dev-run")
    #expect(second.code == 0, "\(second.errors)")
    let missing = try run("run", "r.yml", "--set", "model=none.onnx", "--output", "third")
    #expect(missing.code == 5 && missing.errors.contains("none.onnx"))
    #expect(
      !FileManager.default.fileExists(atPath: scratch.url.appendingPathComponent("third").path))
  }

  @Test("From a recipe to a prediction")
  func journey() throws {
    let scratch = try Scratch()
    func run(_ arguments: String...) throws -> Tool.Outcome {
      try Tool.run(arguments + ["--json", "--quiet"], in: scratch.url)
    }
    try Data(Self.recipe.utf8).write(to: scratch.url.appendingPathComponent("r.yml"))

    let whole = try run("run", "r.yml", "--output", "out")
    let report = try #require(whole.json, "\(whole.errors)")
    #expect(whole.code == 0 && whole.errors.isEmpty)
    #expect((report["candidates"] as? [Any])?.count == 2)
    let baseline = try #require(report["baseline"] as? [String: Any])
    #expect(try #require(baseline["accuracy"] as? Double) > 0.5)
    let model = try #require(report["artifact"] as? String)

    #expect(try run("data", "draw", "7", "-o", "seven.png").code == 0)
    let said = try #require(run("predict", model, "seven.png").json?["predictions"] as? [Any])
    let row = try #require(said.first as? [String: Any])
    #expect(row["file"] as? String == "seven.png" && row["label"] is String)
    let probabilities = try #require(row["top"] as? [[String: Any]])
      .compactMap { $0["probability"] as? Double }
    #expect(probabilities == probabilities.sorted(by: >) && probabilities.count == 3)

    let images = TensorData(
      (0..<1568).map { Double($0 % 256) }, as: TensorType(.u8, [2, 1, 28, 28]))
    try NPY.write(images, to: scratch.url.appendingPathComponent("x.npy").path)
    let inferred = try run("infer", model, "--input", "x.npy", "--output-dir", "o")
    let outputs = try #require(inferred.json?["outputs"] as? [[String: Any]])
    #expect(outputs.first?["shape"] as? [Int] == [2, 10])
    let file = try #require(outputs.first?["file"] as? String)
    #expect(try NPY.read(scratch.url.appendingPathComponent(file).path).shape == [2, 10])

    let speed = try #require(run("bench", model, "--seconds", "0").json)
    #expect(try #require(speed["peak_rss_bytes"] as? Int) > 1_000_000)
    #expect((speed["latency_ms"] as? [String: Any])?["p99"] is Double)
    #expect((speed["arithmetic"] as? [String: Double])?.isEmpty == false)
    #expect(try run("bench", model, "--seconds", "0", "--html", "p.html").code == 0)
    #expect(
      try String(contentsOf: scratch.url.appendingPathComponent("p.html"), encoding: .utf8)
        .contains("<svg class=\"flame"))
    #expect(try run("inspect", model, "--after", "fuse-elementwise").json?["graph"] is String)

    let evaluated = try run("evaluate", model, "--data", "digits", "--html", "e.html")
    let evaluation = try #require(evaluated.json, "\(evaluated.errors)")
    #expect(evaluation["accuracy"] as? Double == baselineOrChosen(report)["accuracy"] as? Double)
    let quality = try #require(evaluation["report"] as? [String: Any])
    let calibration = try #require(quality["calibration"] as? [String: Any])
    #expect((calibration["bins"] as? [Any])?.count == 15)
    #expect(try #require(quality["accuracy_interval"] as? [String: Double]).count == 2)
    #expect(
      try String(contentsOf: scratch.url.appendingPathComponent("e.html"), encoding: .utf8)
        .contains("aria-label=\"Confusion matrix\""))

    let candidates = try #require(report["candidates"] as? [[String: Any]])
      .compactMap { $0["file"] as? String }
    let compared = try run(
      "compare", candidates[0], candidates[1], "--data", "digits", "--seconds", "0.1")
    let comparison = try #require(compared.json, "\(compared.errors)")
    #expect((comparison["verdict"] as? [String])?.count == 4)
    #expect(
      try #require(comparison["mcnemar"] as? [String: Any]).keys.sorted() == [
        "only_a_right", "only_b_right", "p_chi_square", "p_exact", "statistic",
      ])
    let figures = try #require(comparison["quality"] as? [[String: Any]])
    #expect(figures.first?["name"] as? String == "accuracy" && figures.count == 5)
  }

  private func baselineOrChosen(_ report: [String: Any]) -> [String: Any] {
    (report["chosen"] ?? report["baseline"]) as? [String: Any] ?? [:]
  }

  @Test("A requirement that nothing meets is exit code 4, and the report is there")
  func infeasible() throws {
    let scratch = try Scratch()
    try Data(Self.recipe.utf8).write(to: scratch.url.appendingPathComponent("r.yml"))
    let outcome = try Tool.run(
      "run", "r.yml", "--output", "out", "--set", "training.epochs=1", "--set",
      "requirement.min_accuracy=1", "--json", "--quiet", in: scratch.url)
    #expect(outcome.code == 4)
    #expect(outcome.json?["infeasible_because"] is String)
    #expect(outcome.json?["artifact"] == nil)
  }

  @Test("An interrupted training goes on where it stopped")
  func fastRunAndResume() throws {
    let scratch = try Scratch()
    try Data(Self.recipe.utf8).write(to: scratch.url.appendingPathComponent("r.yml"))
    let fast = try Tool.run(
      "train", "r.yml", "--fast-dev-run", "--output", "t", "--json", "--quiet", in: scratch.url)
    #expect(fast.json?["epochs"] as? Int == 1)
    let more = try Tool.run(
      "train", "--resume", "t", "--set", "training.epochs=2", "--json", "--quiet",
      in: scratch.url)
    #expect(more.json?["epochs"] as? Int == 2)
  }

  @Test("Training steps on random data make the loss smaller")
  func benchTrain() throws {
    let outcome = try Tool.run(
      "bench", "train", "mlp", "--batch", "32", "--seconds", "0.3", "--json", "--quiet")
    let speed = try #require(outcome.json)
    let (first, last) = (speed["loss_first"] as? Double, speed["loss_last"] as? Double)
    #expect(try #require(last) < #require(first))
    #expect((speed["step_ms"] as? [String: Any])?["p50"] is Double)
  }
}
