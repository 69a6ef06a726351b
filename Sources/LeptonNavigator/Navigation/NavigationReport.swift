import Foundation
import LeptonGraph
import LeptonValues

/// What a search came to; as JSON it has the keys that `lepton navigate --json` promises.
public struct NavigationReport: Sendable, Codable {
  /// The path of the chosen model; nil where no candidate meets the requirement.
  public var artifact: String?
  /// The candidates that no other beats in everything.
  public var front: [CandidateReport]
  public var chosen: CandidateReport?
  public var candidates: [CandidateReport]
  public var infeasibleBecause: String?
  public var policy: Policy
  public var requirement: Requirement
  public var hardware: HardwareReport

  enum CodingKeys: String, CodingKey {
    case artifact, front, chosen, candidates, policy, requirement, hardware
    case infeasibleBecause = "infeasible_because"
  }

  init(
    _ figures: [CandidateFigures], _ selection: Selection, _ folder: RunFolder,
    _ navigation: Navigation, cores: Int
  ) {
    candidates = zip(figures, selection.verdicts).map { figures, verdict in
      CandidateReport(figures, verdict, file: folder.candidate(figures.name).path)
    }
    front = ParetoFront.indices(of: figures).map { [candidates] in candidates[$0] }
    chosen = selection.chosen.map { [candidates] in candidates[$0] }
    infeasibleBecause = selection.infeasibility
    policy = navigation.policy
    requirement = navigation.requirement
    hardware = HardwareReport(navigation.price, cores: cores)
  }

  /// Throws where no candidate meets the requirement.
  ///
  /// - Throws: `LeptonError` of kind `infeasible`.
  public func requireChoice() throws {
    guard let infeasibleBecause else { return }
    throw LeptonError(
      .infeasible, "no candidate meets the requirement: \(infeasibleBecause)",
      fix: "loosen the requirement, or start from a better model")
  }
}

extension Selection {
  /// Why nothing was chosen: the reasons of all candidates; nil where something was.
  var infeasibility: String? {
    chosen == nil ? verdicts.map { "\($0.name): \($0.reason)" }.joined(separator: ". ") : nil
  }
}

extension HardwareReport {
  init(_ price: Price, cores: Int) {
    self.init(
      price: price,
      assumption: "the throughput measured here on \(cores) cores is taken for that of one "
        + "\(price.kind) (\(price.vCPU) vCPU), busy all the time; list price of \(price.asOf), "
        + "\(price.source)")
  }
}
