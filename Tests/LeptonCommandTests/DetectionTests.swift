import Foundation
import LeptonData
import LeptonGraph
import LeptonONNX
import LeptonOps
import LeptonValues
import Testing

/// A detector from another tool's file to boxes on photos, by the built program.
@Suite("Detection from a file to boxes")
struct DetectionTests {
  /// A detector of 2 x 2 cells over images of 8 x 8, as another tool would leave it, without facts: the brightness of red
  /// is objectness, that of green and blue the two classes, and each box half as large as the picture.
  private static func writeDetector(to url: URL) throws {
    var b = GraphBuilder(name: "quadrants")
    let x = b.input("x", TensorType(.f32, [1, 3, 8, 8]))
    let means = try b.add(one: AveragePool2D(kernel: [4, 4]), x)
    let colours = try (0..<3).map { channel in
      try b.add(one: Slice(channel..<(channel + 1), axis: 1, rank: 4), means)
    }
    let zero = try b.add(one: Subtract(), colours[0], colours[0])
    b.output(
      "found",
      try b.add(
        Concat(axis: 1), [colours[0], zero, zero, zero, zero, colours[1], colours[2]])[0])
    try Model(graph: b.graph, weights: [:]).writeONNX(to: url)
  }

  private static let facts = """
    labels: [green, blue]
    image: {channel_order: rgb}
    detection: {head: fastestdet, threshold: 0.5}
    """

  /// 80 x 40 pixels, one quadrant in a colour.
  private static func photo(_ colour: [UInt8], right: Bool, bottom: Bool) -> Image {
    var pixels: [UInt8] = []
    for y in 0..<40 {
      for x in 0..<80 { pixels += (x >= 40) == right && (y >= 20) == bottom ? colour : [0, 0, 0] }
    }
    return Image(width: 80, height: 40, channels: 3, pixels: pixels)
  }

  /// A folder with the model, its facts and two photos.
  private func folder() throws -> Scratch {
    let scratch = try Scratch()
    func place(_ name: String) -> URL { scratch.url.appendingPathComponent(name) }
    try Self.writeDetector(to: place("other.onnx"))
    try Data(Self.facts.utf8).write(to: place("facts.yml"))
    let blue = Self.photo([255, 0, 255], right: true, bottom: true)
    try Data(PNG.encode(blue)).write(to: place("blue.png"))
    let green = Self.photo([255, 255, 0], right: false, bottom: false)
    try FileManager.default.createDirectory(
      at: place("more"), withIntermediateDirectories: false)
    try Data(JPEG.encode(green)).write(to: place("more/green.jpg"))
    try Data(
      PNG.encode(Image(width: 9, height: 9, channels: 1, pixels: .init(repeating: 0, count: 81)))
    )
    .write(to: place("more/black.png"))
    return scratch
  }

  private func boxes(_ outcome: Tool.Outcome, of file: String) throws -> [[String: Any]] {
    let rows = try #require(outcome.json?["predictions"] as? [[String: Any]], "\(outcome.errors)")
    let row = try #require(rows.first { $0["file"] as? String == file })
    return try #require(row["boxes"] as? [[String: Any]])
  }

  private func sides(_ box: [String: Any]?) -> [Double] {
    ["x1", "y1", "x2", "y2"].compactMap { box?[$0] as? Double }
  }

  @Test("facts are stated once: the converted file needs nothing more, and answers the same")
  func converted() throws {
    let scratch = try folder()
    let files = ["blue.png", "more"]
    func run(_ arguments: [String]) throws -> Tool.Outcome {
      try Tool.run(arguments + ["--json", "--quiet"], in: scratch.url)
    }
    let stated = try run(["predict", "other.onnx", "--facts", "facts.yml"] + files)
    #expect(stated.code == 0, "\(stated.errors)")
    #expect(
      try run(["convert", "other.onnx", "mine.onnx", "--facts", "facts.yml"]).code == 0)
    let own = try run(["predict", "mine.onnx"] + files)
    #expect(own.output == stated.output)

    let blue = try boxes(own, of: "blue.png")
    #expect(blue.count == 1 && blue[0]["label"] as? String == "blue")
    // The edge of the quadrant is smoothed.
    let score = try #require(blue[0]["score"] as? Double)
    #expect(blue[0]["class"] as? Int == 1 && 0.93...0.95 ~= score)
    #expect(sides(blue[0]) == [20, 10, 60, 30])
    // Its box has three quarters outside of the picture.
    let green = try boxes(own, of: "more/green.jpg")
    #expect(green.count == 1 && green[0]["label"] as? String == "green")
    #expect(sides(green[0]) == [0, 0, 20, 10])
    #expect(try boxes(own, of: "more/black.png").isEmpty)

    let strict = try run(["predict", "mine.onnx", "blue.png", "--threshold", "1"])
    #expect(try boxes(strict, of: "blue.png").isEmpty)
    let text = try Tool.run("predict", "mine.onnx", "blue.png", "more", in: scratch.url)
    #expect(text.output.contains("nothing") && text.output.contains("20.0"))
    let csv = try Tool.run(
      "predict", "mine.onnx", "blue.png", "--format", "csv", in: scratch.url)
    #expect(csv.output.hasPrefix("file,label,score,x1,y1,x2,y2\r\nblue.png,blue,0.9"))
    #expect(csv.output.hasSuffix(",20.0,10.0,60.0,30.0\r\n"))

    // Facts can be changed afterwards; what they leave out stays.
    try Data("detection: {threshold: 0.9}\nlabels: [g, b]".utf8).write(
      to: scratch.url.appendingPathComponent("change.yml"))
    #expect(try run(["convert", "mine.onnx", "new.onnx", "--facts", "change.yml"]).code == 0)
    #expect(
      try boxes(run(["predict", "new.onnx", "blue.png"]), of: "blue.png")[0]["label"] as? String
        == "b")
    let facts = try run(["inspect", "new.onnx"]).json?["facts"] as? [String: Any]
    #expect((facts?["detection"] as? [String: Any])?["threshold"] as? Double == 0.9)
    #expect(facts?["task"] as? String == "detection")
  }

  @Test("pictures are drawn under their names, of equal names both, and never over themselves")
  func drawing() throws {
    let scratch = try folder()
    func place(_ name: String) -> String { scratch.url.appendingPathComponent(name).path }
    try FileManager.default.copyItem(atPath: place("blue.png"), toPath: place("more/blue.png"))
    let outcome = try Tool.run(
      "predict", "other.onnx", "--facts", "facts.yml", "blue.png", "more", "--draw", "a/b",
      "--json", in: scratch.url)
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: place("a/b")).sorted()
        == ["black.png", "blue-2.png", "blue.png", "green.jpg"])
    let drawn = try Image.read(place("a/b/blue.png"))
    #expect((drawn.width, drawn.height) == (80, 40))
    func colour(_ x: Int, _ y: Int) -> [UInt8] {
      Array(drawn.pixels[((y * 80 + x) * 3)..<((y * 80 + x) * 3 + 3)])
    }
    // The frame lies on the box's sides; what is inside and outside of it is as it was.
    #expect(colour(20, 20) != [0, 0, 0] && colour(59, 20) == colour(20, 20))
    #expect(colour(30, 25) == [0, 0, 0] && colour(50, 25) == [255, 0, 255])
    #expect(colour(79, 39) == [255, 0, 255])
    #expect(try FileBytes.read(place("more/blue.png")) == FileBytes.read(place("blue.png")))
    let over = try Tool.run(
      "predict", "other.onnx", "--facts", "facts.yml", "more/green.jpg", "--draw", "more",
      in: scratch.url)
    #expect(over.code == 2 && over.errors.contains("would replace"))
    let nowhere = try Tool.run(
      "predict", "other.onnx", "--facts", "facts.yml", "blue.png", "--draw", "blue.png",
      in: scratch.url)
    #expect(nowhere.code == 5)
  }

  @Test("a turned photo is looked at, answered and drawn upright")
  func orientation() throws {
    let scratch = try folder()
    // Stored lying on its left side: 40 x 80, to be turned to 80 x 40.
    let upright = Self.photo([255, 0, 255], right: true, bottom: true)
    let stored = upright.turned(upright: .turnedRight)
    let bytes = try JPEG.encode(stored)
    let exif: [UInt8] =
      [0xFF, 0xE1, 0, 34, 0x45, 0x78, 0x69, 0x66, 0, 0, 0x4D, 0x4D, 0, 42, 0, 0, 0, 8, 0, 1]
      + [0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, UInt8(Orientation.turnedLeft.rawValue), 0, 0, 0, 0, 0, 0]
    try Data(bytes[..<2] + exif + bytes[2...]).write(
      to: scratch.url.appendingPathComponent("turned.jpg"))
    let outcome = try Tool.run(
      "predict", "other.onnx", "--facts", "facts.yml", "turned.jpg", "--draw", "d", "--json",
      "--quiet", in: scratch.url)
    #expect(sides(try boxes(outcome, of: "turned.jpg").first) == [20, 10, 60, 30])
    let drawn = try Image.read(scratch.url.appendingPathComponent("d/turned.jpg").path)
    #expect((drawn.width, drawn.height) == (80, 40))
  }

  @Test(
    "what is not said, or said wrongly, is refused with its place",
    arguments: [
      ("detection: {head: yolo}", 2, "facts.yml:1: detection.head is 'yolo'"),
      ("detection: {head: yolov8}\nimage: {}", 3, "'found' is [1, 7, 2, 2]"),
      ("detection: {head: fastestdet}\nlabels: [a]\nimage: {}", 3, "2 classes, and 1 have a name"),
      ("detection: {threshold: 0.5}", 2, "does not say how the output is read"),
      ("detection: {head: fastestdet, threshold: 2}", 2, "detection.threshold is '2'"),
      ("detections: {head: fastestdet}", 2, "did you mean 'detection'"),
      ("task: detection", 2, "detection: {head: yolov8}"),
      ("labels: missing.names", 5, "missing.names"),
      ("labels: [a, '']", 2, "have an empty one"),
      ("image: {std: [0]}", 2, "image.std"),
      ("image: {mean: [1, 2]}", 3, "2 means for 3 channels"),
      ("- 1", 2, "facts.yml"), ("a: [", 2, "not YAML"),
      ("detection: {head: fastestdet}", 3, "--facts"),
    ])
  func refusals(_ yaml: String, _ code: Int32, _ part: String) throws {
    let scratch = try folder()
    try Data(yaml.utf8).write(to: scratch.url.appendingPathComponent("facts.yml"))
    let outcome = try Tool.run(
      "predict", "other.onnx", "--facts", "facts.yml", "blue.png", in: scratch.url)
    #expect(outcome.code == code && outcome.errors.contains(part), "\(outcome.errors)")
    #expect(outcome.output.isEmpty)
  }

  @Test("what is only for detectors is refused of others, and weights take no facts")
  func usage() throws {
    let scratch = try folder()
    try Data("image: {}".utf8).write(to: scratch.url.appendingPathComponent("image.yml"))
    for flag in [["--draw", "d"], ["--threshold", "0.5"]] {
      let outcome = try Tool.run(
        ["predict", "other.onnx", "--facts", "image.yml", "blue.png"] + flag, in: scratch.url)
      #expect(outcome.code == 2 && outcome.errors.contains(flag[0]), "\(outcome.errors)")
    }
    let range = try Tool.run(
      "predict", "other.onnx", "--facts", "facts.yml", "blue.png", "--threshold", "7",
      in: scratch.url)
    #expect(range.code == 2)
  }
}

/// FastestDet's two photos against ONNX Runtime; `make_fastestdet.py` says how that was made.
@Suite("FastestDet on its photos")
struct FastestDetTests {
  private struct Expected: Decodable {
    struct Box: Decodable {
      let label: String
      let score: Double
      let x1: Double
      let y1: Double
      let x2: Double
      let y2: Double
    }

    let photo: String
    let threshold: Double
    let boxes: [Box]
  }

  private static let folder = ProcessInfo.processInfo.environment[DataSource.searchVariable]
    .map { "\($0)/models/fastestdet" }
    .flatMap { FileManager.default.fileExists(atPath: $0) ? $0 : nil }

  @Test(
    "the same boxes within a pixel, classes, and scores within 0.01",
    .enabled(if: folder != nil, "LEPTON_DATA has no models/fastestdet"))
  func photos() throws {
    let folder = try #require(Self.folder)
    let golden = Bundle.module.resourceURL!.appendingPathComponent("Golden/fastestdet.json")
    let scratch = try Scratch()
    let facts = """
      labels: \(folder)/coco.names
      image: {channel_order: bgr, resize: bilinear}
      detection: {head: fastestdet}
      """
    try Data(facts.utf8).write(to: scratch.url.appendingPathComponent("facts.yml"))
    let converted = try Tool.run(
      "convert", "\(folder)/FastestDet.onnx", "det.onnx", "--facts", "facts.yml", "--json",
      in: scratch.url)
    #expect(converted.code == 0, "\(converted.errors)")
    for expected in try JSONDecoder().decode([Expected].self, from: Data(contentsOf: golden)) {
      let outcome = try Tool.run(
        "predict", "det.onnx", "\(folder)/\(expected.photo)", "--threshold",
        "\(expected.threshold)", "--json", "--quiet", in: scratch.url)
      let rows = try #require(
        outcome.json?["predictions"] as? [[String: Any]], "\(outcome.errors)")
      let boxes = try #require(rows.first?["boxes"] as? [[String: Any]])
      #expect(boxes.map { $0["label"] as? String } == expected.boxes.map(\.label))
      for (box, wanted) in zip(boxes, expected.boxes) {
        for (key, value, most) in [
          ("score", wanted.score, 0.01), ("x1", wanted.x1, 1), ("y1", wanted.y1, 1),
          ("x2", wanted.x2, 1), ("y2", wanted.y2, 1),
        ] {
          let own = try #require(box[key] as? Double)
          #expect(abs(own - value) < most, "\(expected.photo) \(wanted.label) \(key)")
        }
      }
    }
  }
}
