import Testing

import LeptonTraining

@Suite struct ProgressTests {
  static let moment = TrainingProgress(
    phase: .training, epoch: 3, epochs: 10, step: 412, steps: 469, loss: 0.2134, accuracy: 0.941,
    learningRate: 3e-4, seconds: 34.9)
  static let record = EpochRecord(
    epoch: 3, trainLoss: 0.2, trainAccuracy: 0.93, validationLoss: 0.25,
    validationAccuracy: 0.91, learningRate: 1e-3, seconds: 65, samplesPerSecond: 1234.4)

  @Test("The line holds epoch, bar, step, speed, time left, loss, accuracy, rate and memory")
  func line() {
    #expect(
      ProgressLine.text(Self.moment, memory: 1_900_000_000, hasBar: true)
        == "epoch 3/10 ━━━━━━━━━━━━━━━━━╸── 412/469 · 11.8 it/s · ETA 0:05 · loss 0.213 · acc 0.941"
        + " · lr 3.0e-4 · 1.9 GB")
  }

  @Test(
    "A narrow line has a shorter bar, then leaves out what matters least",
    arguments: [
      (
        95,
        "epoch 3/10 ━━━━─ 412/469 · 11.8 it/s · ETA 0:05 · loss 0.213 · acc 0.941 · lr 3.0e-4 · 1.9 GB"
      ),
      (80, "epoch 3/10 412/469 · 11.8 it/s · ETA 0:05 · loss 0.213 · acc 0.941 · lr 3.0e-4"),
      (45, "epoch 3/10 412/469 · loss 0.213 · acc 0.941"), (12, "epoch 3/10 4"),
    ])
  func narrow(_ columns: Int, _ text: String) {
    #expect(
      ProgressLine.text(Self.moment, memory: 1_900_000_000, hasBar: true, columns: columns) == text)
  }

  @Test("An epoch's line has both losses and accuracies")
  func epochLine() {
    #expect(
      ProgressLine.text(Self.record, of: 10)
        == "epoch 3/10 · train loss 0.2000 acc 0.9300 · val loss 0.2500 acc 0.9100 · 1:05"
        + " · 1234 samples/s · lr 1.0e-3")
    #expect(
      ProgressLine.text(Self.record, of: 10, columns: 60)
        == "epoch 3/10 · train loss 0.2000 acc 0.9300 · 1:05 · lr 1.0e-3")
  }

  @Test(
    "Durations", arguments: [(5.2, "0:05"), (750, "12:30"), (3723, "1:02:03"), (.infinity, "0:00")])
  func durations(_ seconds: Double, _ text: String) {
    #expect(ProgressLine.duration(seconds) == text)
  }

  @Test("Rates", arguments: [(3e-4, "3.0e-4"), (0.1, "1.0e-1"), (9.99e-4, "1.0e-3"), (0, "0")])
  func rates(_ value: Double, _ text: String) { #expect(ProgressLine.rate(value) == text) }

  @Test("The bar fills in halves", arguments: [(0, "────"), (1, "╸───"), (7, "━━━╸"), (8, "━━━━")])
  func bar(_ done: Int, _ text: String) {
    #expect(ProgressLine.bar(done, of: 8, width: 4) == text)
  }

  @Test("A terminal gets a live line, CI and NO_COLOR plain ones, quiet none")
  func styles() {
    func style(_ quiet: Bool, _ terminal: Bool, _ environment: [String: String] = [:])
      -> ProgressPrinter.Style
    { ProgressPrinter.style(quiet: quiet, isTerminal: terminal, environment: environment) }
    #expect(style(false, true) == .live)
    #expect(style(false, true, ["CI": ""]) == .live)
    #expect(style(false, true, ["CI": "1"]) == .plain)
    #expect(style(false, true, ["NO_COLOR": "1"]) == .plain)
    #expect(style(false, false) == .plain)
    #expect(style(true, true) == .quiet)
  }

  @Test("Plain lines come at most every ten seconds, without control codes; epochs always")
  func plain() {
    var printer = ProgressPrinter(style: .plain)
    var lines: [String] = []
    for step in 1...400 {
      var progress = Self.moment
      (progress.step, progress.steps, progress.seconds) = (step, 400, Double(step) / 10)
      let text = printer.output(progress, at: Double(step) / 10)
      if !text.isEmpty { lines.append(text) }
    }
    #expect(lines.count == 4)
    var done = Self.moment
    done.phase = .epochDone(Self.record)
    lines.append(printer.output(done, at: 41))
    #expect(lines.allSatisfy { $0.hasSuffix("\n") && !$0.contains("\u{1B}") && !$0.contains("\r") })
    #expect(lines.last!.hasPrefix("epoch 3/10 · train"))
  }

  @Test("The live line is written over, fits the terminal and makes room for what stays")
  func live() {
    var printer = ProgressPrinter(style: .live, columns: 40)
    let first = printer.output(Self.moment, at: 0)
    #expect(first == "\r\u{1B}[Kepoch 3/10 412/469 · loss 0.213")
    #expect(printer.output(Self.moment, at: 0.05) == "")
    var done = Self.moment
    done.phase = .epochDone(Self.record)
    #expect(printer.output(done, at: 0.06).hasPrefix("\r\u{1B}[Kepoch 3/10 · train"))
    #expect(printer.finish() == "")
  }
}
