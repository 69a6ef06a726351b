import Foundation
import LeptonCompression
import LeptonNavigator
import LeptonTraining
import LeptonValues
import Testing

@Suite("The keys of recipes")
struct RecipeKeysTests {
  @Test("Every key is listed once, with a meaning")
  func areListed() throws {
    let keys = try Recipe.keys()
    #expect(Set(keys.map(\.key)).count == keys.count)
    #expect(keys.allSatisfy { !$0.meaning.isEmpty })
    for key in [
      "data.spec", "training.optimizer.momentum", "training.schedule.warmup",
      "training.early_stopping.minimum_delta", "compression.calibration.percentile",
      "requirement.max_bytes",
    ] {
      #expect(keys.contains { $0.key == key }, "\(key)")
    }
  }

  @Test("Of all keys only the data must be given")
  func oneIsRequired() throws {
    #expect(try Recipe.keys().filter { $0.fallback == nil }.map(\.key) == ["data.spec"])
  }

  @Test("The template is a recipe of defaults, and each line in comments a setting")
  func template() throws {
    let keys = try Recipe.keys()
    let recipe = try Recipe(yaml: keys.template, file: "model")
    #expect(recipe.settings.allSatisfy { $0.source == "default" || $0.key == "data.spec" })
    let uncommented = keys.template.replacing("# name: model", with: "name: other")
      .replacing("# epochs: 10", with: "epochs: 11")
    let changed = try Recipe(yaml: uncommented)
    #expect(changed.name == "other" && changed.training.epochs == 11)
    // In sections of which the template sets nothing, too.
    let set = try Recipe(
      yaml: keys.template, settings: ["training.epochs=3", "compression.calibration.examples=8"])
    #expect(set.training.epochs == 3)
  }

  @Test("The environment wins over the file and loses against the command line")
  func precedence() throws {
    let yaml = "data: {spec: digits}\ntraining: {epochs: 9, batch: 16}"
    let environment = [
      "LEPTON_TRAINING_EPOCHS": "3", "LEPTON_TRAINING_BATCH": "8",
      "LEPTON_COMPRESSION_CANDIDATES": "[int8]", "LEPTON_DATA": "/data", "PATH": "/bin",
    ]
    let recipe = try Recipe(
      yaml: yaml, settings: ["training.batch=4"], environment: environment)
    #expect(recipe.training.epochs == 3)
    #expect(recipe.training.batchSize == 4)
    #expect(recipe.compression.candidates == [.f32, .int8])
    let source = recipe.settings.first { $0.key == "training.epochs" }?.source
    #expect(source == "LEPTON_TRAINING_EPOCHS")
  }

  @Test("A variable that sets nothing, or nonsense, is refused by name")
  func strangeVariables() throws {
    let yaml = "data: {spec: digits}"
    let stray = try #require(throws: LeptonError.self) {
      try Recipe(yaml: yaml, environment: ["LEPTON_TRAINING_EPOCH": "3"])
    }
    #expect("\(stray)".contains("did you mean 'LEPTON_TRAINING_EPOCHS'"))
    let nonsense = try #require(throws: LeptonError.self) {
      try Recipe(yaml: yaml, environment: ["LEPTON_TRAINING_OPTIMIZER_LR": "abc"])
    }
    #expect(nonsense.place == "LEPTON_TRAINING_OPTIMIZER_LR")
  }

  @Test("Aliases that multiply, and endless files, are refused at once")
  func bombs() throws {
    let levels = (1...9).map { level in
      let item = level == 1 ? "x" : "*a\(level - 1)"
      let items = [String](repeating: item, count: 9).joined(separator: ", ")
      return "a\(level): &a\(level) [\(items)]"
    }
    let bomb = try #require(throws: LeptonError.self) {
      try Recipe(yaml: levels.joined(separator: "\n"))
    }
    #expect("\(bomb)".contains("values"))
    #expect(throws: LeptonError.self) {
      try Recipe(yaml: String(repeating: "# nothing\n", count: 200_000))
    }
  }

  @Test("The schema says types, bounds and words of every key")
  func schema() throws {
    let data = try JSONEncoder().encode(RecipeSchema(Recipe.keys()))
    let schema = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
    func properties(_ object: Any?) -> [String: Any] {
      (object as? [String: Any])?["properties"] as? [String: Any] ?? [:]
    }
    let training = properties(properties(schema)["training"])
    let epochs = try #require(training["epochs"] as? [String: Any])
    #expect(epochs["type"] as? String == "integer" && epochs["minimum"] as? Int == 1)
    let kind = properties(training["optimizer"])["kind"] as? [String: Any]
    #expect(kind?["enum"] as? [String] == ["adam", "adamw", "sgd"])
    #expect(schema["required"] as? [String] == ["data"])
  }
}
