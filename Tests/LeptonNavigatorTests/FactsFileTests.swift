import Foundation
import Lepton
import LeptonCompiler
import LeptonData
import LeptonGraph
import LeptonNavigator
import LeptonOps
import LeptonValues
import Testing

@Suite("Facts that are stated of a model")
struct FactsFileTests {
  /// A model of images 3 x 2 x 2 as another tool leaves it, which answers what it is given, for each pixel a class.
  private func model(_ type: TensorType = TensorType(.f32, [1, 3, 2, 2])) throws -> Model {
    try Sequential { Flatten() }.model(input: type, name: "flat", seed: 1)
  }

  private func applied(_ yaml: String, to model: Model, files: [String: String] = [:]) throws
    -> Model
  {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("lepton-facts-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, text) in files.merging(["f.yml": yaml], uniquingKeysWith: { $1 }) {
      try Data(text.utf8).write(to: folder.appendingPathComponent(name))
    }
    return try FactsFile(folder.appendingPathComponent("f.yml").path).applied(to: model)
  }

  private let pixels = TensorData(
    [0, 51, 102, 255, 10, 20, 30, 40, 200, 210, 220, 255] as [UInt8], shape: [1, 3, 2, 2])

  @Test(
    "images become what was said: order of colours, range, mean and deviation",
    arguments: [
      ("image: {}", [0, 1, 2], 1.0 / 255, [0, 0, 0], [1, 1, 1]),
      ("image: {channel_order: bgr}", [2, 1, 0], 1.0 / 255, [0, 0, 0], [1, 1, 1]),
      (
        "image: {mean: [0.5, 0.4, 0.3], std: [0.25]}", [0, 1, 2], 1.0 / 255, [0.5, 0.4, 0.3],
        [0.25, 0.25, 0.25]
      ),
      (
        "image: {channel_order: bgr, range: 255, mean: [104, 117, 123]}", [2, 1, 0], 1,
        [104, 117, 123], [1, 1, 1]
      ),
    ] as [(String, [Int], Double, [Double], [Double])])
  func images(
    _ yaml: String, _ order: [Int], _ unit: Double, _ mean: [Double], _ std: [Double]
  ) throws {
    let model = try applied(yaml, to: model())
    #expect(model.graph.type(of: model.graph.dataInputs[0].value).dtype == .u8)
    let bytes = pixels.doubles
    var wanted: [Double] = []
    for (place, channel) in order.enumerated() {
      for byte in bytes[(channel * 4)..<(channel * 4 + 4)] {
        wanted.append((byte * unit - mean[place]) / std[place])
      }
    }
    let answer = try Session(model).run([pixels])[0].doubles
    #expect(zip(answer, wanted).allSatisfy { abs($0 - $1) < 1e-4 }, "\(answer) \(wanted)")
    #expect(try ImageFit(facts: model.facts.preprocessing) == ImageFit())
  }

  @Test("a network with its channels last gets them there")
  func channelsLast() throws {
    let model = try applied(
      "image: {channel_order: bgr, range: 255}", to: model(TensorType(.f32, [1, 6, 5, 3])))
    #expect(model.graph.type(of: model.graph.dataInputs[0].value).shape == [1, 3, 6, 5])
    let bytes = TensorData((0..<90).map { UInt8($0) }, shape: [1, 3, 6, 5])
    let answer = try Session(model).run([bytes])[0].doubles
    let wanted: [Double] = (0..<30).flatMap { pixel in [60, 30, 0].map { Double($0 + pixel) } }
    #expect(answer == wanted)
  }

  @Test("names come from a list or a file beside, and must be as many as the classes")
  func labels() throws {
    let names = (0..<12).map { "class \($0)" }
    let file = ["n.txt": names.joined(separator: "\r\n") + "\r\n\r\n"]
    #expect(try applied("labels: n.txt", to: model(), files: file).facts.labels == names)
    #expect(
      try applied("{labels: [\(names.joined(separator: ", "))], name: x}", to: model()).facts.labels
        == names)
    for yaml in ["labels: [a, b]", "labels: []", "labels: {a: 1}", "labels: [[a]]"] {
      #expect(throws: LeptonError.self) { try applied(yaml, to: model()) }
    }
    let gap = #expect(throws: LeptonError.self) {
      try applied("labels: n.txt", to: model(), files: ["n.txt": "a\n\nb\n"])
    }
    #expect(gap?.what == "labels have an empty one")
  }

  @Test("JSON is YAML; what is left out stays, and pixels are not taken twice")
  func again() throws {
    let once = try applied(
      #"{"name": "n", "task": "regression", "image": {"fit": "letterbox"}}"#, to: model())
    #expect(once.facts.name == "n" && once.facts.task == "regression")
    let twice = try applied("image: {resize: bilinear}", to: once)
    #expect(twice.facts.name == "n" && twice.graph == once.graph)
    #expect(
      try ImageFit(facts: twice.facts.preprocessing) == ImageFit(.letterbox, sampling: .bilinear))
    let error = #expect(throws: LeptonError.self) { try applied("image: {std: [1]}", to: once) }
    #expect(error?.kind == .badInput && error?.place == "f.yml: image")
    #expect(throws: LeptonError.self) {
      try applied("image: {channel_order: bgr}", to: model(TensorType(.f32, [1, 1, 2, 2])))
    }
    for type in [TensorType(.f32, [1, 5]), TensorType(.f32, [1, 7, 7, 7])] {
      #expect(throws: LeptonError.self) { try applied("image: {}", to: model(type)) }
    }
  }

  @Test("a head of its own form: layout, parts and boxes")
  func head() throws {
    var b = GraphBuilder(name: "boxes")
    _ = b.input("x", TensorType(.f32, [1, 3, 8, 8]))
    b.output("y", try b.constant(TensorData(zeros: TensorType(.f32, [1, 10, 8]))))
    let model = Model(graph: b.graph, weights: [:])
    let yaml = """
      labels: [a, b, c]
      detection:
        {layout: rows, parts: [objectness, classes, box], box: corners, class_power: 0.5,
         threshold: 0.1, overlap: 0.6, limit: 7}
      """
    let head = try applied(yaml, to: model).facts.detection
    #expect(
      head
        == DetectionHead(
          layout: .rows, parts: [.objectness, .classes, .box], box: .corners, classPower: 0.5,
          threshold: 0.1, overlap: 0.6, limit: 7))
    // The model has one already: only what is said changes.
    var known = model
    known.facts.labels = ["a", "b", "c"]
    known.facts.detection = head
    #expect(try applied("detection: {overlap: 1}", to: known).facts.detection?.limit == 7)
    for yaml in [
      "detection: {head: yolov8, box: cell}", "detection: {head: yolov8, parts: [box]}",
      "detection: {layout: rows, parts: [objectness, classes, box]}", "detection: {limit: 0}",
      "{detection: {head: yolov5}, task: classification}",
    ] {
      #expect(throws: LeptonError.self, "\(yaml)") { try applied(yaml, to: model) }
    }
  }
}
