import LeptonServing
import Testing

@Suite("Connections that do not move")
struct ConnectionProgressTests {
  private func start() -> ConnectionProgress {
    ConnectionProgress(.init(span: 100, bodyBytes: 10, headBytes: 50), now: 0)
  }

  @Test("one that never asks is closed, one that has asked may rest")
  func idle() {
    var fresh = start()
    #expect(fresh.verdict(at: 99, waiting: 0) == .goOn)
    #expect(fresh.verdict(at: 100, waiting: 0) == .close)
    var used = start()
    used.received(20, at: 1)
    used.headEnded(at: 1)
    used.requestEnded(at: 1)
    used.answered()
    #expect(used.verdict(at: 10_000, waiting: 0) == .goOn)
  }

  @Test("a head that drips is too slow however often it drips")
  func head() {
    var progress = start()
    for time in stride(from: UInt64(5), to: 105, by: 5) {
      progress.received(1, at: time)
      #expect(progress.verdict(at: time, waiting: 0) == .goOn)
    }
    #expect(progress.verdict(at: 105, waiting: 0) == .tooSlow)
  }

  @Test("a body must bring so many bytes in each span")
  func body() {
    var progress = start()
    progress.headEnded(at: 0)
    progress.received(10, at: 90)
    #expect(progress.verdict(at: 100, waiting: 0) == .goOn)
    progress.received(9, at: 190)
    #expect(progress.verdict(at: 200, waiting: 0) == .tooSlow)
  }

  @Test("the answer being computed is not the caller's fault")
  func computing() {
    var progress = start()
    progress.headEnded(at: 0)
    progress.requestEnded(at: 0)
    #expect(progress.verdict(at: 100_000, waiting: 0) == .goOn)
  }

  @Test("a caller that does not read is closed, one that reads slowly is not")
  func reading() {
    var progress = start()
    progress.headEnded(at: 0)
    progress.requestEnded(at: 0)
    #expect(progress.verdict(at: 0, waiting: 1000) == .goOn)
    #expect(progress.verdict(at: 90, waiting: 900) == .goOn)
    #expect(progress.verdict(at: 180, waiting: 900) == .goOn)
    #expect(progress.verdict(at: 190, waiting: 900) == .close)
  }

  @Test("a head has an end")
  func length() {
    var progress = start()
    progress.received(50, at: 0)
    #expect(!progress.isHeadTooLong)
    progress.received(1, at: 0)
    #expect(progress.isHeadTooLong)
  }
}
