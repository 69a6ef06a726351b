import Foundation
import LeptonData
import LeptonGraph
import LeptonOps
import LeptonServing
import LeptonValues
import Testing

@Suite("A detector that is served")
struct DetectionServingTests {
  /// For images of 8 x 8 bytes: the mean of red, from 0 to 4, is centre, width and height of the one box; a fifth of it
  /// its score.
  private func model() throws -> Model {
    var b = GraphBuilder(name: "spot")
    let x = b.input("image", TensorType(.u8, [1, 3, 8, 8]))
    let scale = try b.constant(TensorData([4 / Float(255)], shape: [1]))
    let fifth = try b.constant(TensorData([0.2] as [Float], shape: [1]))
    let bright = try b.add(one: Multiply(), b.add(one: Cast(to: .f32), x), scale)
    let columns = try b.add(one: Reduce(.mean, axes: [3], keepDims: false), bright)
    let means = try b.add(one: Reduce(.mean, axes: [2], keepDims: true), columns)
    let red = try b.add(one: Slice(0..<1, axis: 1, rank: 3), means)
    let score = try b.add(one: Multiply(), red, fifth)
    b.output("found", try b.add(Concat(axis: 1), [red, red, red, red, score])[0])
    var model = Model(graph: b.graph, weights: [:])
    model.facts.name = "spot"
    model.facts.task = "detection"
    model.facts.labels = ["light"]
    model.facts.detection = DetectionHead(.yolov8)
    model.facts.preprocessing = ImageFit(.letterbox, sampling: .bilinear).facts
    return model
  }

  @Test("it answers the boxes of an image in pixels of that image")
  func boxes() async throws {
    let model = try model()
    try await LiveServer.run(model) { live in
      func ask(_ level: UInt8) async throws -> [String: Any] {
        let image = Image(
          width: 16, height: 8, channels: 3, pixels: .init(repeating: level, count: 384))
        let answer = try await live.request(
          "POST", "/v2/models/spot/predict", try PNG.encode(image),
          fields: ["Content-Type: image/png"])
        #expect(answer.status == 200, "\(answer.text)")
        let body = try #require(answer.text.components(separatedBy: "\r\n\r\n").last)
        let json = try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any]
        let rows = try #require(json?["predictions"] as? [[String: Any]])
        return try #require(rows.first)
      }
      let row = try await ask(255)
      #expect(row["width"] as? Int == 16 && row["height"] as? Int == 8)
      let box = try #require((row["boxes"] as? [[String: Any]])?.first)
      #expect(box["label"] as? String == "light" && box["class"] as? Int == 0)
      // Half of the input is the picture, half the grey beside it.
      let mean = 4 * (255 + 114) / 2 / 255.0
      let low = mean / 2
      for (key, wanted) in [
        ("score", mean / 5), ("x1", low * 2), ("x2", (low + mean) * 2), ("y1", 0),
        ("y2", (low + mean - 2) * 2),
      ] {
        let own = try #require(box[key] as? Double)
        #expect(abs(own - wanted) < 1e-4, "\(key): \(own), \(wanted)")
      }
      let dark = try await ask(0)
      #expect((dark["boxes"] as? [Any])?.isEmpty == true)
      let document = try await live.request("GET", "/openapi.json")
      #expect(document.text.contains(#""boxes""#))
    }
  }

  @Test("one whose facts are not of its output does not start")
  func contradiction() throws {
    var model = try model()
    model.facts.labels = ["light", "dark"]
    #expect(throws: LeptonError.self) {
      try ServedModel(model, name: "spot", mostPixels: 1 << 20)
    }
  }
}
