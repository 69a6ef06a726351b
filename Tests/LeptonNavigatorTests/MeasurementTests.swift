import Lepton
import LeptonData
import LeptonGraph
import LeptonNavigator
import LeptonValues
import Testing

@Suite("Measurement")
struct MeasurementTests {
  @Test("Precision, recall and F1 follow from the confusion matrix")
  func computesFigures() {
    // Ten of class a, eight found; five of class b, three found; class c never comes up.
    let report = ClassificationReport(
      confusion: [[8, 1, 1], [2, 3, 0], [0, 0, 0]], names: ["a", "b", "c"])
    #expect(report.accuracy == 11.0 / 15)
    #expect(report.count == 15)
    let a = report.classes[0]
    #expect(a.precision == 0.8)
    #expect(a.recall == 0.8)
    #expect(abs(a.f1 - 0.8) < 1e-12)
    #expect(a.support == 10)
    #expect(report.classes[1].precision == 0.75)
    #expect(report.classes[1].recall == 0.6)
    #expect(report.classes[2].f1 == 0)
    #expect(abs(report.macroRecall - (0.8 + 0.6) / 3) < 1e-12)
  }

  @Test("Every example is counted once, whatever the batch", arguments: [1, 3, 4, 50])
  func countsEach(batch: Int) throws {
    let data = try points()
    let report = try ClassificationReport(of: sign(), on: data, batch: batch)
    #expect(report.confusion == [[4, 0], [0, 6]])
  }

  @Test("Classes are matched by name where the model states them")
  func matchesNames() throws {
    var model = try sign()
    model.facts.labels = ["positive", "negative"]
    #expect(try Predictions(of: model, on: points()).confusion == [[0, 4], [6, 0]])
    model.facts.labels = ["negative", "positive"]
    #expect(try Predictions(of: model, on: points()).accuracy == 1)
    model.facts.labels = ["left", "right"]
    let error = try #require(throws: LeptonError.self) {
      try Predictions(of: model, on: points())
    }
    #expect(error.kind == .badInput && error.what.contains("left, right"))
  }

  @Test("A model for other classes is refused")
  func refusesOtherClasses() throws {
    let model = try Dense(1, 3).model(input: TensorType(.f32, [1, 1]))
    #expect(throws: LeptonError.self) { try ClassificationReport(of: model, on: points()) }
  }

  @Test("Speed has as many runs as asked for, and times that make sense")
  func measuresSpeed() throws {
    var test = SpeedTest()
    test.seconds = 0.02
    test.minimumRuns = 40
    test.rounds = 2
    let subject = SpeedTest.Subject(try sign())
    let figures = try test.measure([subject, subject], on: points())
    #expect(figures.count == 2)
    for speed in figures {
      #expect(speed.runs >= 40)
      #expect(speed.latency.p50 > 0)
      #expect(speed.latency.p95 >= speed.latency.p50)
      #expect(test.batches.contains(speed.bestBatch))
      #expect(speed.throughput > 1000 / speed.latency.p95 / 2)
    }
  }

  /// Four negative and six positive numbers.
  private func points() throws -> Dataset {
    let values: [Float] = [-4, -3, -2, -1, 1, 2, 3, 4, 5, 6]
    return try Dataset(
      features: TensorData(values, shape: [10, 1]),
      labels: TensorData(values.map { $0 > 0 ? Int32(1) : 0 }, shape: [10]),
      classes: ["negative", "positive"], kind: .table, origin: "points")
  }

  /// Tells negative from positive numbers.
  private func sign() throws -> Model {
    var model = try Dense(1, 2).model(input: TensorType(.f32, [1, 1]))
    model.weights["weight"] = TensorData([-1, 1] as [Float], shape: [2, 1])
    model.weights["bias"] = TensorData(zeros: TensorType(.f32, [2]))
    return model
  }
}
