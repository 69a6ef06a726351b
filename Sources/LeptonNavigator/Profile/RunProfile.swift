package import LeptonCPU
package import LeptonCompiler
import LeptonGraph
package import LeptonRuntime
package import LeptonValues

/// Where the time of a run goes, step by step.
package struct RunProfile: Sendable {
  /// One step. Its time is the least over rounds of runs, so that what else the machine does meanwhile counts little.
  package struct Step: Sendable, Encodable {
    package let op: String
    package let place: String
    package let kernel: String
    package let layout: String
    package let ms: Double
    /// Of the whole run.
    package let share: Double
    package let gflopPerS: Double
    package let gbPerS: Double
    /// The least time that the machine's arithmetic or memory allow, over the time.
    package let ofCeiling: Double
    /// The element type of its arithmetic.
    package let arithmetic: DType
    package let flops: Int

    private enum CodingKeys: CodingKey {
      case op, place, kernel, layout, ms, share, gflopPerS, gbPerS, ofCeiling
    }
  }

  /// In the order in which they run.
  package let steps: [Step]
  package let ceilings: Ceilings
  package let threads: Int

  package var ms: Double { steps.reduce(0) { $0 + $1.ms } }

  /// Of a session compiled with `profiles`, run over and over for `seconds`, but for at least five rounds.
  package init(
    of session: Session, threads: Int, seconds: Double, _ body: (Session) throws -> Void
  ) throws {
    try body(session)
    let end = ContinuousClock.now + .seconds(seconds)
    var rounds: [[StepProfile]] = []
    while rounds.count < 5 || ContinuousClock.now < end {
      session.resetProfile()
      let endOfRound = ContinuousClock.now + .seconds(seconds / 50)
      repeat { try body(session) } while ContinuousClock.now < endOfRound
      rounds.append(session.profile)
    }
    let steps = (rounds.first ?? []).indices.map { index in
      var step = rounds[0][index]
      step.seconds = rounds.map { $0[index].seconds / Double(max(1, $0[index].runs)) }.min() ?? 0
      step.runs = 1
      return step
    }
    self.init(steps, try Ceilings(threads: threads), threads: threads)
  }

  package init(_ steps: [StepProfile], _ ceilings: Ceilings, threads: Int) {
    self.ceilings = ceilings
    self.threads = threads
    let total = steps.reduce(0) { $0 + $1.seconds / Double(max(1, $1.runs)) }
    self.steps = steps.map { step in
      let seconds = step.seconds / Double(max(1, step.runs))
      let bytes = step.cost.bytesRead + step.cost.bytesWritten
      func rate(_ amount: Int) -> Double { seconds > 0 ? Double(amount) / seconds * 1e-9 : 0 }
      return Step(
        op: step.name, place: step.place, kernel: step.kernel, layout: step.layout,
        ms: seconds * 1e3, share: total > 0 ? seconds / total : 0,
        gflopPerS: rate(step.cost.flops), gbPerS: rate(bytes),
        ofCeiling: seconds > 0 ? ceilings.floor(of: step.cost, in: step.arithmetic) / seconds : 0,
        arithmetic: step.arithmetic, flops: step.cost.flops)
    }
  }
}

extension Ceilings {
  /// `211 GFLOP/s in f32, 46.3 GB/s, measured; what stays in caches can pass it`
  package var summary: String {
    "\(Figures.digits(flopsPerSecond * 1e-9)) GFLOP/s in f32, "
      + "\(Figures.digits(bytesPerSecond * 1e-9)) GB/s, measured; what stays in caches can pass it"
  }
}
