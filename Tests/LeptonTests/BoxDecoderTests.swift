import Foundation
import Lepton
import LeptonGraph
import LeptonOps
import LeptonValues
import Testing

@Suite("Reading boxes out of a detector's output")
struct BoxDecoderTests {
  /// A model of images 3 x `side` x `side` that answers the tensor.
  private func model(_ output: TensorData, side: Int = 64, labels: [String] = []) throws -> Model {
    var b = GraphBuilder(name: "detector")
    _ = b.input("image", TensorType(.u8, [output.shape[0], 3, side, side]))
    b.output("found", try b.constant(output))
    var model = Model(graph: b.graph, weights: [:])
    model.facts.labels = labels
    return model
  }

  private func boxes(
    _ head: DetectionHead, _ output: TensorData, side: Int = 64
  ) throws -> [[FoundBox]] {
    try BoxDecoder(head, of: model(output, side: side)).boxes(in: output)
  }

  /// Candidates as YOLOv8 writes them: each number of all candidates side by side.
  private func columns(_ candidates: [[Float]]) -> TensorData {
    let width = candidates[0].count
    return TensorData(
      (0..<width).flatMap { place in candidates.map { $0[place] } },
      shape: [1, width, candidates.count])
  }

  private func box(_ x1: Float, _ y1: Float, _ x2: Float, _ y2: Float) -> Box {
    Box(low: SIMD2(x1, y1), high: SIMD2(x2, y2))
  }

  @Test("a grid: centres by tanh from the cell, sizes by the logistic function, powers of scores")
  func grid() throws {
    // 2 rows, 3 columns, 2 classes; all but the cell in row 1, column 2 without objectness.
    var numbers = [Float](repeating: 0, count: 7 * 6)
    let cell = 5
    let values: [Float] = [0.81, 0.5, -0.25, 1, -2, 0.3, 0.64]
    for (place, value) in values.enumerated() { numbers[place * 6 + cell] = value }
    let found = try boxes(
      DetectionHead(.fastestdet), TensorData(numbers, shape: [1, 7, 2, 3]), side: 60)
    let one = try #require(found[0].first)
    #expect(found.count == 1 && found[0].count == 1 && one.label == 1)
    #expect(abs(one.score - pow(0.81, 0.6) * pow(0.64, 0.4)) < 1e-6)
    let centre = SIMD2((2 + tanh(Float(0.5))) / 3, (1 + tanh(Float(-0.25))) / 2) * 60
    let size = SIMD2(1 / (1 + exp(Float(-1))), 1 / (1 + exp(Float(2)))) * 60
    let difference = (one.box.low + one.box.high) / 2 - centre
    #expect(abs(difference.x) < 1e-4 && abs(difference.y) < 1e-4)
    #expect(abs(one.box.size.x - size.x) < 1e-4 && abs(one.box.size.y - size.y) < 1e-4)
  }

  @Test("centres and sizes in pixels, for each class by itself, best first")
  func yolov8() throws {
    let found = try boxes(
      DetectionHead(.yolov8),
      columns([
        [10, 10, 8, 4, 0.5, 0.1], [10, 10, 8, 4, 0.9, 0.1], [10, 10, 8, 4, 0.1, 0.7],
        [40, 40, 4, 4, 0.2, 0.25], [40, 40, 4, 4, 0.3, 0.3],
      ]))
    #expect(
      found == [
        [
          FoundBox(box: box(6, 8, 14, 12), score: 0.9, label: 0),
          FoundBox(box: box(6, 8, 14, 12), score: 0.7, label: 1),
          FoundBox(box: box(38, 38, 42, 42), score: 0.3, label: 0),
        ]
      ])
  }

  @Test("candidates one after the other, with objectness, for every picture of a batch")
  func yolov5() throws {
    let numbers: [Float] =
      [4, 4, 2, 2, 0.5, 0.2, 0.8] + [4, 4, 2, 2, 0.9, 0.1, 0.1] + [8, 8, 2, 2, 1, 1, 0]
      + [6, 6, 2, 2, 0, 1, 1]
    let found = try boxes(
      DetectionHead(.yolov5), TensorData(numbers, shape: [2, 2, 7]))
    #expect(found[0] == [FoundBox(box: box(3, 3, 5, 5), score: 0.4, label: 1)])
    #expect(found[1] == [FoundBox(box: box(7, 7, 9, 9), score: 1, label: 0)])
  }

  @Test("chosen candidates keep their corners, class and company")
  func yolov10() throws {
    let numbers: [Float] = [
      1, 2, 9, 8, 0.5, 3, 1, 2, 9, 8, 0.8, 3, 0, 0, 1, 1, 0.9, -1, 0, 0, 1, 1, 0.1, 2,
      0, 0, 1, 1, 0.9, .nan,
    ]
    let found = try boxes(DetectionHead(.yolov10), TensorData(numbers, shape: [1, 5, 6]))
    #expect(
      found == [
        [
          FoundBox(box: box(1, 2, 9, 8), score: 0.8, label: 3),
          FoundBox(box: box(1, 2, 9, 8), score: 0.5, label: 3),
        ]
      ])
  }

  @Test("what is no number finds nothing, and nothing found is no error")
  func oddNumbers() throws {
    let found = try boxes(
      DetectionHead(.yolov8),
      columns([
        [.nan, 10, 8, 4, 0.9], [10, .infinity, 8, 4, 0.9], [10, 10, 8, 4, .nan],
        [10, 10, 8, 4, 0.25], [10, 10, 8, 4, -.infinity],
        [10, 10, 8, 4, .infinity], [10, 10, 3e38, 3e38, 0.1],
      ]))
    #expect(found == [[]])
    var head = DetectionHead(.fastestdet)
    head.threshold = 0
    // A negative objectness has no root.
    #expect(
      try boxes(head, TensorData([-1, 0, 0, 0, 0, 1] as [Float], shape: [1, 6, 1, 1])) == [[]])
  }

  @Test("of equal scores the first candidate comes first, and the limit counts over all classes")
  func ties() throws {
    var head = DetectionHead(.yolov8)
    head.limit = 3
    let found = try boxes(
      head,
      columns((0..<8).map { [Float(8 * $0 + 4), 4, 2, 2, $0 % 2 == 0 ? 0.5 : 0.1, 0.5] }))
    #expect(found[0].map(\.box.low.x) == [3, 11, 19])
    #expect(found[0].map(\.label) == [0, 1, 0])
  }

  @Test(
    "an output that the head does not read is refused by name",
    arguments: [
      (DetectionHead.Known.fastestdet, [1, 85, 22], 80, "[N, numbers, rows, columns]"),
      (.fastestdet, [1, 85, 22, 22], 79, "80 classes, and 79 have a name"),
      (.fastestdet, [1, 5, 22, 22], 0, "0 classes"),
      (.yolov8, [1, 8400, 84], 80, "8396 classes, and 80 have a name"),
      (.yolov8, [1, 84, 20, 20], 80, "[N, numbers, candidates]"),
      (.yolov10, [1, 300, 7], 80, "6 numbers"),
    ] as [(DetectionHead.Known, Shape, Int, String)])
  func otherOutputs(_ known: DetectionHead.Known, _ shape: Shape, _ labels: Int, _ part: String)
    throws
  {
    let model = try model(
      TensorData(zeros: TensorType(.f32, shape)), labels: (0..<labels).map { "\($0)" })
    let error = #expect(throws: LeptonError.self) {
      try BoxDecoder(DetectionHead(known), of: model)
    }
    #expect(error?.kind == .badInput)
    #expect(error?.what.contains("'found'") == true && error?.what.contains(part) == true)
  }

  @Test("a head that contradicts itself is refused, as a file may hold one")
  func contradictions() throws {
    let model = try model(TensorData(zeros: TensorType(.f32, [1, 84, 100])))
    let changes: [(inout DetectionHead) -> Void] = [
      { $0.parts = [] }, { $0.parts = [.box] }, { $0.parts = [.box, .box, .classes] },
      { $0.parts = [.box, .classes, .label] }, { $0.parts = [.box, .score] },
      { $0.box = .cell }, { $0.threshold = -1 }, { $0.threshold = .nan }, { $0.overlap = 2 },
      { $0.limit = 0 }, { $0.limit = .max }, { $0.classPower = .infinity },
    ]
    for change in changes {
      var head = DetectionHead(.yolov8)
      change(&head)
      #expect(throws: LeptonError.self) { try BoxDecoder(head, of: model) }
    }
    #expect(throws: Never.self) { try BoxDecoder(DetectionHead(.yolov8), of: model) }
  }
}
