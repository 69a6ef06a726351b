import Foundation
import LeptonData
import LeptonNavigator
import LeptonValues
import Testing

/// Expected values are those of scikit-learn 1.8 and NumPy on the same numbers.
@Suite("Figures of quality")
struct QualityTests {
  /// Three classes, six examples.
  static let three = Predictions(
    classes: ["a", "b", "c"], labels: [0, 1, 0, 2, 2, 0],
    probabilities: [
      0.7, 0.2, 0.1, 0.1, 0.8, 0.1, 0.3, 0.3, 0.4, 0.25, 0.5, 0.25, 0.05, 0.05, 0.9, 0.6, 0.3, 0.1,
    ])

  /// Two classes, twelve examples; two share a score.
  static let two: Predictions = {
    let scores: [Float] = [0.1, 0.4, 0.35, 0.8, 0.8, 0.65, 0.9, 0.3, 0.55, 0.2, 0.95, 0.5]
    return Predictions(
      classes: ["no", "yes"], labels: [0, 0, 0, 0, 1, 1, 1, 1, 1, 0, 1, 0],
      probabilities: scores.flatMap { [1 - $0, $0] })
  }()

  @Test("Log loss, Brier score and expected calibration error")
  func calibration() throws {
    let report = CalibrationReport(Self.three, bins: 7)
    #expect(abs(report.logLoss - 0.631045300020431) < 1e-6)
    #expect(abs(report.brier - 0.34833333333333333) < 1e-6)
    #expect(abs(report.error - 0.3166666666666667) < 1e-6)
    #expect(abs(report.largestError - 0.5) < 1e-6)
    #expect(report.bins.map(\.count) == [0, 0, 1, 1, 2, 1, 1])
    #expect(report.bins.map(\.accuracy) == [0, 0, 0, 0, 1, 1, 1])
    for (value, interval) in [
      (report.logLoss, report.logLossInterval), (report.brier, report.brierInterval),
    ] {
      #expect(try #require(interval).contains(value))
    }
  }

  @Test("The interval of the log loss of many examples is that of the normal distribution")
  func manyExamples() throws {
    var generator = SeededGenerator(seed: 4)
    let scores = (0..<10_000).map { _ in generator.uniform(in: 0.02...0.98) }
    let many = Predictions(
      classes: ["a", "b"], labels: scores.map { generator.uniform() < $0 ? 1 : 0 },
      probabilities: scores.flatMap { [1 - $0, $0] })
    let report = CalibrationReport(many)
    let losses = many.labels.indices.map { -log(many.probability(of: many.labels[$0], $0)) }
    let variance = losses.reduce(0) { $0 + ($1 - report.logLoss) * ($1 - report.logLoss) } / 1e4
    let reach = 1.96 * (variance / 1e4).squareRoot()
    let interval = try #require(report.logLossInterval)
    #expect(abs(interval.low - (report.logLoss - reach)) < 0.15 * reach)
    #expect(abs(interval.high - (report.logLoss + reach)) < 0.15 * reach)
    // Drawn from the probabilities that it states, so it is calibrated.
    #expect(report.error < 0.02)
  }

  @Test("A probability of exactly 0 or 1 is in a bin, and its log loss is finite")
  func extremeProbabilities() {
    let sure = Predictions(
      classes: ["a", "b"], labels: [0, 1], probabilities: [1, 0, 1, 0])
    let report = CalibrationReport(sure, bins: 10)
    #expect(report.bins[9].count == 2 && report.error == 0.5)
    #expect(report.logLoss.isFinite && report.logLoss > 17)
  }

  @Test("Areas under both curves of two classes")
  func areas() throws {
    let report = try #require(ThresholdReport(Self.two))
    #expect(abs(report.rocArea - 0.8194444444444444) < 1e-12)
    #expect(abs(report.averagePrecision - 0.8305555555555555) < 1e-12)
    #expect(try #require(report.rocAreaInterval).contains(report.rocArea))
    #expect(report.positive == "yes" && report.positives == 6 && report.negatives == 6)
    let last = try #require(report.points.last)
    #expect(last.recall == 1 && last.falsePositiveRate == 1)
  }

  @Test("Thresholds by F1, by cost and by recall")
  func thresholds() throws {
    let costs = MistakeCosts(falsePositive: 1, falseNegative: 10, recall: 0.5)
    let report = try #require(ThresholdReport(Self.two, costs: costs))
    let choices = Dictionary(uniqueKeysWithValues: report.choices.map { ($0.rule, $0) })
    let best = try #require(choices["best F1"])
    #expect(abs(best.threshold - 0.55) < 1e-6 && abs(best.f1 - 0.8333333333333334) < 1e-12)
    // Missing one costs as much as ten wrong alarms: the threshold takes in the lowest of the positive examples, at 0.3.
    let cheapest = try #require(choices["least cost"])
    #expect(abs(cheapest.threshold - 0.3) < 1e-6 && cheapest.falseNegatives == 0)
    #expect(cheapest.falsePositives == 4 && abs(cheapest.cost - 4.0 / 12) < 1e-12)
    // The highest threshold that finds half of the positive examples: 0.95, 0.9 and 0.8.
    let recalled = try #require(choices["recall of 0.5"])
    #expect(abs(recalled.threshold - 0.8) < 1e-6 && recalled.recall == 0.5)
    #expect(!report.isChosenElsewhere)
  }

  @Test("Thresholds are chosen on other examples where there are some")
  func choosesElsewhere() throws {
    let scores: [Float] = [0.2, 0.25, 0.3]
    let other = Predictions(
      classes: ["no", "yes"], labels: [0, 1, 1], probabilities: scores.flatMap { [1 - $0, $0] })
    let report = try #require(ThresholdReport(Self.two, choosing: other))
    #expect(report.isChosenElsewhere)
    let best = try #require(report.choices.first { $0.rule == "best F1" })
    #expect(abs(best.threshold - 0.25) < 1e-6)
    // Judged on the first set all the same.
    #expect(best.falsePositives == 4 && best.falseNegatives == 0)
  }

  @Test("One class only, or three, has no thresholds")
  func noThresholds() {
    #expect(ThresholdReport(Self.three) == nil)
    let one = Predictions(classes: ["a", "b"], labels: [0, 0], probabilities: [1, 0, 0.2, 0.8])
    #expect(ThresholdReport(one) == nil)
  }

  @Test("A curve of very many points is thinned, its end kept")
  func thins() throws {
    let scores = (0..<1000).map { Float($0) / 1000 }
    let many = Predictions(
      classes: ["no", "yes"], labels: (0..<1000).map { $0 % 3 == 0 ? 1 : 0 },
      probabilities: scores.flatMap { [1 - $0, $0] })
    let report = try #require(ThresholdReport(many, bootstrap: Bootstrap(resamples: 10)))
    #expect(report.points.count == 200)
    #expect(report.points.last?.recall == 1)
  }

  @Test("MAE, RMSE and the fraction of variance explained")
  func regression() throws {
    let report = RegressionReport(predicted: [2.5, 0, 2, 8, 1.2], targets: [3, -0.5, 2, 7, 1])
    #expect(abs(report.meanAbsoluteError - 0.44) < 1e-12)
    #expect(abs(report.rootMeanSquaredError - 0.5549774770204643) < 1e-12)
    #expect(abs(try #require(report.determination) - 0.951875) < 1e-12)
    #expect(try #require(report.meanAbsoluteErrorInterval).contains(0.44))
  }

  @Test("Targets without variance leave R2 undefined")
  func constantTargets() {
    let report = RegressionReport(predicted: [1, 2, 3], targets: [5, 5, 5])
    #expect(report.determination == nil && report.determinationInterval == nil)
    #expect(report.meanAbsoluteError == 3)
  }

  @Test("Intervals of a confusion matrix")
  func confusionIntervals() throws {
    let report = ClassificationReport(
      confusion: [[50, 3, 2], [5, 40, 5], [1, 4, 90]], names: ["a", "b", "c"],
      bootstrap: Bootstrap(resamples: 4000))
    #expect(abs(report.macroF1 - 0.8877143896473793) < 1e-12)
    // 3000 resamples by scikit-learn: 0.841 to 0.932.
    let interval = try #require(report.macroF1Interval)
    #expect(abs(interval.low - 0.8412) < 0.008 && abs(interval.high - 0.9315) < 0.008)
    #expect(try #require(report.classes[1].recallInterval).contains(0.8))
  }

  @Test("No mistake is no certainty, and a class that never comes up has no interval")
  func degenerateIntervals() throws {
    let report = ClassificationReport(confusion: [[20, 0], [0, 0]], names: ["a", "b"])
    let accuracy = try #require(report.accuracyInterval)
    #expect(accuracy.high == 1 && abs(accuracy.low - 0.8388748419471808) < 1e-9)
    #expect(report.classes[1].recallInterval == nil && report.classes[1].f1Interval == nil)
  }

  @Test("The most confused pairs come first")
  func mostConfused() {
    let report = ClassificationReport(
      confusion: [[5, 1, 0], [7, 9, 2], [0, 2, 3]], names: ["a", "b", "c"])
    let pairs = report.mostConfused(3)
    #expect(pairs.map(\.label) == [1, 1, 2] && pairs.map(\.decision) == [0, 2, 1])
    #expect(pairs.map(\.count) == [7, 2, 2])
  }

  @Test("Two models on the same examples differ by what is paired")
  func pairedDifferences() throws {
    // B gets right what A does and eight more of a hundred: the interval of the difference leaves 0 out, though the
    // intervals of the two accuracies overlap.
    func model(_ right: Int) -> Predictions {
      Predictions(
        classes: ["a", "b"], labels: [Int](repeating: 0, count: 100),
        probabilities: (0..<100).flatMap { $0 < right ? [0.9, 0.1] : [0.2, 0.8] as [Float] })
    }
    let (a, b) = (model(80), model(88))
    let figures = PairedDifference.ofQuality(a, b)
    let accuracy = try #require(figures.first)
    #expect(accuracy.name == "accuracy" && abs(accuracy.difference - 0.08) < 1e-12)
    #expect(accuracy.isSignificant)
    #expect(figures.first { $0.name == "log loss" }?.isSignificant == true)
    #expect(McNemar(a, b).onlySecond == 8 && McNemar(a, b).onlyFirst == 0)
    let same = PairedDifference.ofQuality(a, a)
    #expect(same.allSatisfy { $0.difference == 0 && !$0.isSignificant })
  }

  @Test("Energy is counted where the processor tells, and survives a counter that starts again")
  func energy() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("lepton-rapl-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    #expect(RAPL(folder: folder.path) == nil)
    func write(_ name: String, _ file: String, _ text: String) throws {
      let domain = folder.appendingPathComponent(name)
      try FileManager.default.createDirectory(at: domain, withIntermediateDirectories: true)
      try Data(text.utf8).write(to: domain.appendingPathComponent(file))
    }
    for (name, count) in [("intel-rapl:0", "900000\n"), ("intel-rapl:0:1", "7"), ("dtpm", "1")] {
      try write(name, "energy_uj", count)
      try write(name, "max_energy_range_uj", "1000000\n")
    }
    let counters = try #require(RAPL(folder: folder.path))
    let before = try #require(counters.read())
    #expect(before == [900_000])
    try write("intel-rapl:0", "energy_uj", "400000")
    #expect(abs(counters.joules(from: before, to: try #require(counters.read())) - 0.5) < 1e-12)
    try FileManager.default.removeItem(at: folder)
    #expect(counters.read() == nil)
  }
}
