import Foundation
import LeptonData
import Testing

/// `scripts/checkpoint_stress.py` does the same at a hundred random moments.
@Suite("Training that is killed or interrupted")
struct InterruptionTests {
  private static let recipe = """
    data: {spec: digits, limit: 400}
    model: {architecture: mlp}
    training: {epochs: 200, batch: 32, checkpoints: {every_steps: 2}}
    """
  /// 85 % of 400 examples, in batches of 32.
  private static let stepsPerEpoch = 10
  private static let log = ["--json", "--log-format", "json"]

  @Test("It ends as one that nobody disturbed, with nothing lost that was logged as saved")
  func resumes() throws {
    let scratch = try Scratch()
    try Data(Self.recipe.utf8).write(to: scratch.url.appendingPathComponent("r.yml"))
    var arguments = ["train", "r.yml", "--output", "parts"]
    var acknowledged = 0
    for (number, code) in [(SIGKILL, -SIGKILL), (SIGTERM, 143), (SIGHUP, 129), (SIGINT, 130)] {
      let life = try Tool.run(
        arguments + Self.log, in: scratch.url, sending: number, after: "checkpoint saved", times: 2)
      #expect(life.code == code, "\(life.errors)")
      if acknowledged > 0 { #expect(try #require(start(life)) >= acknowledged) }
      acknowledged = try #require(saved(life).max())
      if code > 0 {
        #expect(life.json?["ending"] as? String == "interrupted")
        #expect(life.json?["steps"] as? Int == acknowledged)
        #expect(life.errors.contains("lepton train --resume"))
      }
      arguments = ["train", "--resume", "parts"]
    }
    // How far it came depends on how fast signals arrive; the rest of that epoch is done undisturbed.
    let epochs = ["--set", "training.epochs=\(acknowledged / Self.stepsPerEpoch + 1)"]
    let last = try Tool.run(arguments + epochs + Self.log, in: scratch.url)
    #expect(last.code == 0 && start(last) == acknowledged, "\(last.errors)")
    let whole = try Tool.run(
      ["train", "r.yml", "--output", "whole"] + epochs + Self.log, in: scratch.url)
    #expect(whole.code == 0, "\(whole.errors)")
    #expect(try outcome("parts", scratch) == outcome("whole", scratch))
  }

  private func objects(_ life: Tool.Outcome) -> [[String: Any]] {
    life.errors.split(separator: "\n").compactMap {
      try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
    }
  }

  private func saved(_ life: Tool.Outcome) -> [Int] {
    objects(life).filter { $0["message"] as? String == "checkpoint saved" }
      .compactMap { $0["step"] as? Int }
  }

  /// The step after which it went on.
  private func start(_ life: Tool.Outcome) -> Int? {
    objects(life).compactMap { $0["message"] as? String }
      .first { $0.hasPrefix("going on after step ") }
      .flatMap { Int($0.dropFirst("going on after step ".count).prefix { $0.isNumber }) }
  }

  /// Digests of what must not depend on interruptions.
  private func outcome(_ run: String, _ scratch: Scratch) throws -> [String] {
    let folder = scratch.url.appendingPathComponent(run)
    let checkpoints = folder.appendingPathComponent("checkpoints")
    let newest = try #require(
      try FileManager.default.contentsOfDirectory(atPath: checkpoints.path)
        .max { $0.count == $1.count ? $0 < $1 : $0.count < $1.count })
    let files = [
      "model.onnx", "checkpoints/\(newest)/state.safetensors",
      "checkpoints/\(newest)/best.safetensors",
    ]
    return try files.map { try SHA256.hex(ofFile: folder.appendingPathComponent($0).path) }
  }
}
