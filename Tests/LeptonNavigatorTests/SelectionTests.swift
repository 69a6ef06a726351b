import LeptonNavigator
import LeptonValues
import Testing

@Suite("Choice")
struct SelectionTests {
  @Test("The quickest, the cheapest and the smallest are different models; each policy has its own")
  func followsPolicy() {
    let all = [
      figures("f32", latency: 1, cost: 1, bytes: 1000),
      figures("quick", latency: 0.5, cost: 0.9, bytes: 1000),
      figures("cheap", latency: 0.9, cost: 0.5, bytes: 1000),
      figures("small", latency: 0.8, cost: 0.8, bytes: 100),
    ]
    for (policy, expected) in [(Policy.speed, 1), (.cost, 2), (.balanced, 3)] {
      let selection = Selection(all, requirement: Requirement(), policy: policy)
      #expect(selection.chosen == expected)
      #expect(selection.verdicts[expected].reason.contains("best by \(policy.rawValue) of 4"))
      #expect(selection.verdicts.allSatisfy { $0.isAccepted })
    }
  }

  @Test("A candidate that breaks the requirement is not chosen, and its reason says which bound")
  func refusesBreaches() throws {
    let all = [
      figures("f32", latency: 1, accuracy: 0.99),
      figures("bad", latency: 0.1, accuracy: 0.95),
      figures("good", latency: 0.6, accuracy: 0.985),
    ]
    let requirement = try Requirement(expressions: ["max_accuracy_drop<=0.01"])
    let selection = Selection(all, requirement: requirement, policy: .speed)
    #expect(selection.chosen == 2)
    #expect(!selection.verdicts[1].isAccepted)
    #expect(selection.verdicts[1].reason.contains("accuracy drops by 4.00 %, at most 1.00 %"))
  }

  @Test(
    "Every bound is checked",
    arguments: [
      ("min_accuracy>=0.995", "accuracy is 99.00 %"), ("latency_p95_ms<=1", "latency p95 is 2 ms"),
      ("peak_memory_mb<=1", "peak memory is 2 MB"),
      ("max_bytes<=999", "the artifact is 1000 bytes"),
      ("cost_per_million<=0.5", "a million predictions is 1 $"),
    ])
  func checksBounds(expression: String, says: String) throws {
    let requirement = try Requirement(expressions: [expression])
    let selection = Selection([figures("f32")], requirement: requirement, policy: .speed)
    #expect(selection.chosen == nil)
    #expect(selection.verdicts[0].reason.contains(says), "\(selection.verdicts[0].reason)")
  }

  @Test("A gain within the noise is no reason to leave the baseline")
  func staysWithinNoise() {
    let all = [figures("f32", latency: 1), figures("other", latency: 0.99)]
    let selection = Selection(all, requirement: Requirement(), policy: .speed)
    #expect(selection.chosen == 0)
    #expect(selection.verdicts[1].reason.contains("no measured win"))
  }

  @Test("If only a slower candidate meets the requirement, it is chosen")
  func prefersRequirement() throws {
    let all = [figures("f32", latency: 1, bytes: 1000), figures("int8", latency: 1.2, bytes: 300)]
    let requirement = try Requirement(expressions: ["max_bytes <= 500"])
    let selection = Selection(all, requirement: requirement, policy: .speed)
    #expect(selection.chosen == 1)
    #expect(selection.verdicts[1].reason.contains("the only one"))
  }

  @Test(
    "Expressions that say nothing are refused",
    arguments: [
      "latency_p95<=2", "min_accuracy<=0.9", "max_bytes>=1", "max_bytes=1", "max_bytes<=x",
    ])
  func refusesExpressions(text: String) {
    #expect(throws: LeptonError.self) { try Requirement(expressions: [text]) }
  }

  private func figures(
    _ name: String, latency: Double = 1, cost: Double = 1, bytes: Int = 1000,
    accuracy: Double = 0.99
  ) -> CandidateFigures {
    let right = Int((accuracy * 1000).rounded())
    return CandidateFigures(
      name: name, validationAccuracy: accuracy,
      test: ClassificationReport(
        confusion: [[right, 1000 - right], [0, 0]], names: ["a", "b"]),
      costs: .made(latency: latency, cost: cost, bytes: bytes))
  }
}
