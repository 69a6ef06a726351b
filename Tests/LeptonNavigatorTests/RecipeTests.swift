import LeptonCompression
import LeptonData
import LeptonNavigator
import LeptonTraining
import LeptonValues
import Testing

@Suite("Recipes")
struct RecipeTests {
  @Test("A data spec is all that a recipe needs")
  func hasDefaults() throws {
    let recipe = try Recipe(yaml: "data: {spec: digits}", file: "small.yml")
    #expect(recipe.name == "small")
    #expect(recipe.data.spec == "digits")
    #expect(recipe.model.name(for: .image) == "cnn")
    #expect(recipe.model.name(for: .table) == "mlp")
    #expect(recipe.compression.candidates == [.f32, .bf16, .int8])
    #expect(recipe.training.epochs == 10)
    #expect(recipe.policy == .balanced)
    #expect(recipe.requirement == Requirement())
  }

  @Test("Every section is read")
  func readsAll() throws {
    let recipe = try Recipe(
      yaml: """
        name: all
        data:
          spec: digits
          validation: 0.2
          calibration: 0.01
          limit: 500
          image_size: [14, 28]
          colour: grey
        model: {architecture: mlp}
        training:
          epochs: 3
          batch: 32
          optimizer: {kind: sgd, lr: 0.1, momentum: 0.8, nesterov: true, weight_decay: 0.001}
          schedule: {kind: cosine, warmup: 1, floor: 0.1}
          clip: 2
          early_stopping: {patience: 4, minimum_delta: 0.01}
          augmentation: {shift: 2, flip: true}
          seed: 7
        compression:
          candidates: [int8]
          calibration: {method: min-max, examples: 64}
        requirement:
          max_accuracy_drop: 0.01
          latency_p95_ms: 2.5
          max_bytes: 100000
        policy: cost
        hardware: aws.m7g.large
        threads: 1
        """)
    #expect(recipe.data.validation == 0.2)
    #expect(recipe.data.limit == 500)
    #expect(recipe.data.options.imageSize == DataOptions.ImageSize(height: 14, width: 28))
    #expect(recipe.data.options.colour == .grey)
    #expect(recipe.model.name(for: .image) == "mlp")
    #expect(recipe.training.optimizer == .sgd(momentum: 0.8, nesterov: true, weightDecay: 0.001))
    #expect(recipe.training.learningRate == 0.1)
    #expect(recipe.training.schedule == .cosine(warmup: 1, floor: 0.1))
    #expect(recipe.training.clipNorm == 2)
    #expect(recipe.training.earlyStopping == EarlyStopping(patience: 4, minimumDelta: 0.01))
    #expect(recipe.training.augmentation == Augmentation(shift: 2, flip: true))
    #expect(recipe.training.seed == 7)
    #expect(recipe.compression.candidates == [.f32, .int8])
    #expect(recipe.compression.calibration.range == .minMax)
    #expect(recipe.requirement.latencyP95 == 2.5)
    #expect(recipe.requirement.maxBytes == 100_000)
    #expect(recipe.policy == .cost)
    #expect(recipe.threads == 1)
  }

  @Test("Settings from the command line win over the file")
  func overrides() throws {
    let recipe = try Recipe(
      yaml: "data: {spec: digits}\ntraining: {epochs: 9}",
      settings: [
        "training.epochs=2", "compression.candidates=[int8]", "training.optimizer.kind=sgd",
      ])
    #expect(recipe.training.epochs == 2)
    #expect(recipe.compression.candidates == [.f32, .int8])
    #expect(recipe.training.optimizer.name == "sgd")
    let source = recipe.settings.first { $0.key == "training.epochs" }?.source
    #expect(source == "--set training.epochs")
  }

  @Test("A resolved recipe reads back as the same settings")
  func printsItself() throws {
    let recipe = try Recipe(
      yaml: """
        name: "quoted: name"
        data: {spec: "idx:a b", ignored: [id, "x, y"]}
        training: {optimizer: {kind: adamw}, schedule: {kind: plateau}}
        requirement: {min_accuracy: 0.5}
        """)
    let again = try Recipe(yaml: recipe.yaml)
    #expect(again.yaml == recipe.yaml)
    #expect(again.training == recipe.training)
    #expect(again.data == recipe.data)
    #expect(again.name == "quoted: name")
  }

  struct Mistake: Sendable, CustomTestStringConvertible {
    var yaml: String
    var settings: [String] = []
    /// Parts of the error's text.
    var says: [String]
    var testDescription: String { yaml + settings.joined() }
  }

  @Test(
    "Mistakes are refused with their place and what would be right",
    arguments: [
      Mistake(
        yaml: "data: {spec: digits}\ntraining:\n  epoch: 3",
        says: ["recipe:3", "'epoch' is no key of training", "did you mean 'epochs'"]),
      Mistake(
        yaml: "data: {spec: digits}\npolicy: sped",
        says: ["recipe:2", "policy is 'sped'", "did you mean 'speed'"]),
      Mistake(
        yaml: "data: {spec: digits}\ntraining:\n  epochs: 0",
        says: ["recipe:3", "training.epochs is '0'", "whole number from 1"]),
      Mistake(
        yaml: "data: {spec: digits}\ntraining:\n  epochs: many",
        says: ["recipe:3", "training.epochs is 'many'"]),
      Mistake(
        yaml: "data: {spec: digits}\ncompression:\n  candidates:\n    - f32\n    - int9",
        says: ["recipe:5", "did you mean 'int8'"]),
      Mistake(
        yaml: "data: {spec: digits}\ntraining: {optimizer: {kind: adam, momentum: 0.9}}",
        says: ["'momentum' is no key of training.optimizer"]),
      Mistake(yaml: "name: x", says: ["'data.spec' is missing", "spec: digits"]),
      Mistake(yaml: "data: digits", says: ["recipe:1", "'data' is a section"]),
      Mistake(yaml: "data: {spec: digits", says: ["recipe:", "not YAML"]),
      Mistake(
        yaml: "data: {spec: digits}\ndata: {spec: other}", says: ["'data' is given twice"]),
      Mistake(
        yaml: "data: {spec: digits}", settings: ["training.epchs=3"],
        says: ["--set training.epchs", "did you mean 'epochs'"]),
      Mistake(yaml: "data: {spec: digits}", settings: ["epochs"], says: ["--set", "sets nothing"]),
      Mistake(
        yaml: "data: {spec: digits, validation: 0.8, calibration: 0.3}",
        says: ["leave nothing to train on"]),
      Mistake(yaml: "name: a/b\ndata: {spec: digits}", says: ["cannot be that of a folder"]),
    ])
  func refuses(mistake: Mistake) throws {
    let error = try #require(throws: LeptonError.self) {
      try Recipe(yaml: mistake.yaml, settings: mistake.settings)
    }
    #expect(error.kind == .usage)
    for part in mistake.says { #expect("\(error)".contains(part), "\(error)") }
  }
}
