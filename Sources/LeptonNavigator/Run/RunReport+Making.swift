public import Foundation
import LeptonData
import LeptonTraining
import LeptonValues

extension RunReport {
  init(
    _ recipe: Recipe, _ folder: RunFolder, _ parts: DataParts, _ trained: TrainingResult,
    _ figures: [CandidateFigures], _ selection: Selection, _ algorithms: AlgorithmsReport,
    _ hardware: HardwareReport, layers: [LayerReport], confused: [ConfusedPair], prices: PriceTable,
    version: String?
  ) {
    let candidates = zip(figures, selection.verdicts).map { figures, verdict in
      CandidateReport(figures, verdict, file: folder.candidate(figures.name).path)
    }
    name = recipe.name
    report = folder.report.path
    page = folder.page.path
    baseline = candidates[0]
    chosen = selection.chosen.map { candidates[$0] }
    self.candidates = candidates
    infeasibleBecause = selection.infeasibility
    policy = recipe.policy
    requirement = recipe.requirement
    self.hardware = hardware
    data = DataReport(recipe, parts)
    training = TrainingReport(recipe, parts, trained)
    self.algorithms = algorithms
    self.layers = layers
    self.confused = confused
    costs = prices.prices.map {
      KindCost($0, throughput: figures[selection.chosen ?? 0].costs.speed.throughput)
    }
    reproduction = ReproductionReport(recipe, folder)
    environment = .here()
    environment.version = version
    notes = parts.notes
  }

  /// Throws where no candidate meets the requirement.
  ///
  /// - Throws: `LeptonError` of kind `infeasible`.
  public func requireChoice() throws {
    guard let infeasibleBecause else { return }
    throw LeptonError(
      .infeasible, "no candidate meets the requirement: \(infeasibleBecause)", at: report,
      fix: "loosen the requirement, train longer, or choose another architecture")
  }

  /// Sorted and indented.
  public func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    do {
      return try encoder.encode(self)
    } catch {
      throw LeptonError(.defect, "the report cannot be written as JSON: \(error)")
    }
  }
}

extension DataReport {
  fileprivate init(_ recipe: Recipe, _ parts: DataParts) {
    spec = recipe.data.spec
    classes = parts.train.classes
    let all = [
      ("train", parts.train), ("validation", parts.validation), ("calibration", parts.calibration),
      ("test", parts.test),
    ]
    counts = Dictionary(uniqueKeysWithValues: all.map { ($0, $1.count) })
    classCounts = Dictionary(uniqueKeysWithValues: all.map { ($0, $1.classCounts) })
    example = "\(parts.train.features.dtype)\(parts.train.exampleShape)"
    fingerprints = Dictionary(uniqueKeysWithValues: all.map { ($0, $1.fingerprint) })
    skipped = parts.skipped.map { SkippedFile(file: $0.file, reason: $0.reason) }
  }
}

extension KindCost {
  init(_ price: Price, throughput: Double) {
    self.price = price
    costPerMillion = price.costPerMillion(throughput: throughput)
    energyPerMillion = price.estimatedWatts / max(throughput, 1e-9) * 1e6 / 3.6e6
  }
}

extension ReproductionReport {
  fileprivate init(_ recipe: Recipe, _ folder: RunFolder) {
    // The recipe may name data relative to the folder in which the command is given.
    command = "lepton run \(folder.configuration.relativePath) --output again"
    self.recipe = recipe.yaml
    recipeSHA256 = SHA256.hex(of: Array(recipe.yaml.utf8))
    trainingSeed = recipe.training.seed
    dataSeed = recipe.data.seed
  }
}

extension TrainingReport {
  fileprivate init(_ recipe: Recipe, _ parts: DataParts, _ trained: TrainingResult) {
    architecture = recipe.model.name(for: parts.train.kind)
    epochs = trained.history.count
    ending = trained.ending.rawValue
    best = trained.best
    history = trained.history
    seconds = trained.history.reduce(0) { $0 + $1.seconds }
    samplesPerSecond = median(trained.history.map(\.samplesPerSecond))
  }
}
