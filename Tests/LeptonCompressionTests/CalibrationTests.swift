import Lepton
import LeptonCompression
import LeptonData
import LeptonGraph
import LeptonValues
import Testing

@Suite("Calibration")
struct CalibrationTests {
  @Test("No example of a held-out part is in the set, though it stands in the training part too")
  func leavesHeldOutExamplesOut() throws {
    let all = try halves(60, seed: 1)
    let test = all.subset(Array(0..<20))
    let set = try CalibrationSet(drawnFrom: all, leavingOut: [test], count: 60)
    #expect(set.examples.count == 40)
    let forbidden = Set((0..<20).map { test.example(at: $0).features.floats })
    for index in 0..<set.examples.count {
      #expect(!forbidden.contains(set.examples.example(at: index).features.floats))
    }
  }

  @Test("Data that were all held out leave nothing to calibrate with")
  func refusesHeldOutData() throws {
    let test = try halves(20, seed: 1)
    #expect(throws: LeptonError.self) {
      try CalibrationSet(drawnFrom: test, leavingOut: [test])
    }
  }

  @Test("The same seed draws the same examples")
  func isReproducible() throws {
    let train = try halves(60, seed: 1)
    let sets = try [1, 1, 2].map {
      try CalibrationSet(drawnFrom: train, leavingOut: [], count: 10, seed: $0)
    }
    #expect(sets[0].fingerprint == sets[1].fingerprint)
    #expect(sets[0].fingerprint != sets[2].fingerprint)
  }

  @Test("Ranges are those of the values: extremes, and what percentiles leave of them")
  func measuresRanges() {
    var statistics = ActivationStatistics()
    let values = (0..<1000).map { Float($0) / 1000 } + [100]
    statistics.extend(over: values)
    statistics.count(values)
    #expect(statistics.range(.minMax) == 0...100)
    #expect(statistics.range(.percentile(100)) == 0...100)
    // The outlier is a tenth of a percent; a bin is 100 / 4096 wide.
    let range = statistics.range(.percentile(99.9))
    #expect(range.lowerBound == 0)
    #expect(abs(range.upperBound - 1) < 0.025)
  }

  @Test("Percentiles of signed values cut both ends")
  func cutsBothEnds() {
    var statistics = ActivationStatistics()
    let values = (-500..<500).map { Float($0) / 500 } + [-50, 2]
    statistics.extend(over: values)
    statistics.count(values)
    #expect(statistics.range(.minMax) == -50...2)
    let range = statistics.range(.percentile(99))
    #expect(range.lowerBound == -range.upperBound)
    #expect(abs(range.upperBound - 1) < 0.025)
  }

  @Test("The input of the first layer has the range of the normalised images")
  func measuresFirstLayer() throws {
    let data = try halves(64, seed: 3)
    let set = try CalibrationSet(drawnFrom: data, leavingOut: [])
    let layers = try Calibration(of: smallCNN(), on: set).layers
    #expect(layers.map(\.name) == ["0", "4", "8", "10"])
    let pixels = data.features.floats.map { ($0 - 110) / 50 }
    #expect(abs(layers[0].input.low - pixels.min()!) < 1e-5)
    #expect(abs(layers[0].input.high - pixels.max()!) < 1e-5)
    for layer in layers.dropFirst() { #expect(layer.input.low >= 0) }
  }

  @Test("Examples that the model does not take are refused")
  func refusesOtherShapes() throws {
    let model = try Sequential(Dense(4, 2)).model(input: TensorType(.f32, [1, 4]))
    let set = try CalibrationSet(drawnFrom: halves(8, seed: 1), leavingOut: [])
    #expect(throws: LeptonError.self) { try Calibration(of: model, on: set) }
  }
}
