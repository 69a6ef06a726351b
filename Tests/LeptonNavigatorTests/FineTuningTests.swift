import Foundation
import Lepton
import LeptonData
import LeptonGraph
import LeptonNavigator
import LeptonONNX
import LeptonOps
import LeptonTraining
import LeptonValues
import Testing

@Suite("Training that goes on from a file")
struct FineTuningTests {
  /// A file of a network for grey images of 28 x 28 that takes normalised values, as PyTorch exports it.
  private func withFile<R>(
    classes: Int, channels: Int = 1, ending: [any Module] = [],
    _ body: (String, RunFolder) throws -> R
  ) throws -> R {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("lepton-tune-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let run = try RunFolder(creating: folder)
    let network = Sequential(
      [
        Conv2D(channels, 4, kernel: 3, stride: 2), BatchNorm(4), Relu(), GlobalAveragePool2D(),
        Flatten(), Dropout(0.1), Dense(4, classes),
      ] + ending)
    let file = folder.appendingPathComponent("start.onnx")
    try network.model(input: TensorType(.f32, [1, channels, 28, 28]), seed: 3)
      .writeONNX(to: file)
    return try body(file.path, run)
  }

  private func starting(_ keys: String, in run: RunFolder) throws -> Model {
    let recipe = try Recipe(
      yaml: "name: t\ndata: {spec: digits, limit: 200}\nmodel: \(keys)\ntraining: {epochs: 1}")
    return try RecipeTraining(recipe, DataParts(recipe.data), in: run).model()
  }

  @Test("A path alone is a model; its weights are where training starts, behind the normalisation")
  func startsFromFile() throws {
    try withFile(classes: 10) { path, run in
      let model = try starting(path, in: run)
      let file = try Model(onnx: URL(fileURLWithPath: path))
      #expect(model.weights == file.weights)
      #expect(model.graph.type(of: model.graph.dataInputs[0].value).dtype == .u8)
      #expect(model.graph.nodes.contains { $0.op is LeptonOps.BatchNorm })
      #expect(model.facts.labels.count == 10)
      #expect(model.facts.lineage["parent"] == path)
      #expect(model.facts.lineage["parent.sha256"]?.count == 64)
    }
  }

  @Test("Other classes get a new last layer, and statistics of the file are taken as given")
  func adaptsToClasses() throws {
    try withFile(classes: 1000) { path, run in
      let model = try starting("{file: \(path), mean: [0.5], std: [0.25]}", in: run)
      let output = model.graph.type(of: model.graph.dataOutputs[0].value)
      #expect(output.shape[1] == 10)
      #expect(model.facts.preprocessing["mean"] == "[127.5]")
      #expect(throws: LeptonError.self) {
        try starting("{file: \(path), head: keep}", in: run)
      }
    }
  }

  @Test("It trains to the end, the last layer alone too, and the artifact is a whole model")
  func trains() throws {
    try withFile(classes: 3) { path, run in
      for trainable in ["all", "head"] {
        let recipe = try Recipe(
          yaml: """
            name: t
            data: {spec: digits, limit: 300}
            model: {file: \(path), trainable: \(trainable)}
            training: {epochs: 1, batch: 32}
            """)
        let parts = try DataParts(recipe.data)
        let training = RecipeTraining(recipe, parts, in: run)
        let start = try training.model()
        let result = try training.execute()
        let moved = start.graph.residents.filter {
          start.weights[$0.name] != result.model.weights[$0.name]
        }
        #expect(trainable == "all" ? moved.count > 2 : moved.count == 2)
        let artifact = run.artifact
        try result.model.writeONNX(to: artifact)
        #expect(try Model(onnx: artifact).parameterCount == result.model.parameterCount)
        #expect(result.model.graph.parameters.count == 6)
      }
    }
  }

  @Test(
    "What cannot be is refused: a file and an architecture, half a normalisation, keys without a file",
    arguments: [
      "{file: a.onnx, architecture: cnn}", "{file: a.onnx, hidden: [3]}",
      "{file: a.onnx, mean: [0.5]}", "{trainable: head}", "{head: other, file: a.onnx}",
      "{file: a.onnx, std: [0], mean: [0]}",
    ])
  func refusesKeys(_ keys: String) {
    let error = #expect(throws: LeptonError.self) {
      try Recipe(yaml: "data: {spec: digits}\nmodel: \(keys)")
    }
    #expect(error?.kind == .usage)
  }

  @Test("A softmax at the end is left out and said; a sigmoid of several labels is refused")
  func endsInLogits() throws {
    try withFile(classes: 10, ending: [Softmax()]) { path, run in
      let recipe = try Recipe(
        yaml: "name: t\ndata: {spec: digits, limit: 200}\nmodel: \(path)\ntraining: {epochs: 1}")
      let model = try RecipeTraining(recipe, DataParts(recipe.data), in: run).model()
      #expect(!model.graph.nodes.contains { $0.op is LeptonOps.Softmax })
      var notes: [String] = []
      _ = try RecipeTraining(recipe, DataParts(recipe.data), in: run).execute { event in
        if case .note(let note) = event { notes.append(note) }
      }
      #expect(notes.contains { $0.contains("softmax") && $0.contains("logits") }, "\(notes)")
    }
    try withFile(classes: 10, ending: [Sigmoid()]) { path, run in
      let error = #expect(throws: LeptonError.self) { try starting(path, in: run) }
      #expect(error?.kind == .badInput && error?.what.contains("sigmoid") == true)
    }
  }

  @Test("A file that takes images of any size takes those of the data")
  func anySize() throws {
    try withFile(classes: 10) { path, run in
      var model = try Model(onnx: URL(fileURLWithPath: path))
      model.facts.openExtents = ["input": [2: "height", 3: "width"]]
      let port = try #require(model.graph.dataInputs.first)
      model.facts.openExtents = [port.name: [2: "height", 3: "width"]]
      try model.writeONNX(to: URL(fileURLWithPath: path))
      let start = try starting(path, in: run)
      #expect(start.graph.type(of: start.graph.dataInputs[0].value).shape == [1, 1, 28, 28])
    }
  }

  @Test("Data of another shape are refused with what would mend it; so are files that are none")
  func refusesData() throws {
    try withFile(classes: 10, channels: 3) { path, run in
      let error = #expect(throws: LeptonError.self) { try starting(path, in: run) }
      #expect(error?.kind == .badInput && error?.fix.contains("data.colour: rgb") == true)
      let missing = #expect(throws: LeptonError.self) {
        try starting("\(path).missing", in: run)
      }
      #expect(missing?.kind == .io)
    }
  }
}
