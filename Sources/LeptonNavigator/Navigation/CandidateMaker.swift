import Foundation
public import LeptonCPU
import LeptonCompression
public import LeptonGraph
import LeptonONNX
public import LeptonRuntime
import LeptonValues

/// Makes the forms of one trained model and saves them; calibrates once, when first it is needed.
public final class CandidateMaker {
  private let trained: Model
  private let parts: DataParts
  private let plan: CalibrationPlan
  private let folder: RunFolder
  private let seed: UInt64
  private let backend: any Backend
  private var measured: (calibration: Calibration, set: CalibrationSet)?
  private var models: [String: Model] = [:]

  public init(
    _ trained: Model, _ parts: DataParts, _ plan: CalibrationPlan, in folder: RunFolder,
    seed: UInt64 = 0, backend: any Backend = CPUBackend()
  ) {
    self.trained = trained
    self.parts = parts
    self.plan = plan
    self.folder = folder
    self.seed = seed
    self.backend = backend
  }

  /// Makes and saves a form, once.
  public func make(_ form: CandidateForm) throws -> CandidateBench.Entry {
    let file = folder.candidate(form.name)
    if models[form.name] == nil {
      let model = try form.model(from: trained) { try calibrated().calibration }
      try model.writeONNX(to: file)
      models[form.name] = model
    }
    return CandidateBench.Entry(name: form.name, file: file, precision: form.kind.precision)
  }

  /// A form that was made.
  public func model(named name: String) throws -> Model {
    guard let model = models[name] else {
      throw LeptonError(.defect, "candidate '\(name)' has not been made")
    }
    return model
  }

  /// The layers, most sensitive to quantisation first.
  func sensitiveLayers(_ range: RangeMethod) throws -> [String] {
    let (calibration, set) = try calibrated()
    return try calibration.sensitivities(
      Int8Quantization(range: range), on: set, backend: backend
    ).map(\.name)
  }

  /// What each layer takes; with its sensitivity to quantisation where a candidate was calibrated, on a few of its examples.
  func layers(_ range: RangeMethod) throws -> [LayerReport] {
    var sensitivities: [String: Double] = [:]
    if let measured {
      let few = try CalibrationSet(
        drawnFrom: measured.set.examples, leavingOut: [], count: Self.fewExamples, seed: seed)
      for layer in try measured.calibration.sensitivities(
        Int8Quantization(range: range), on: few, backend: backend)
      {
        sensitivities[layer.name] = layer.error
      }
    }
    return try trained.layerFigures().map {
      LayerReport(
        name: $0.name, op: $0.op, output: "\($0.output)", parameters: $0.parameters,
        flops: $0.flops,
        sensitivity: sensitivities[$0.name])
    }
  }

  /// Enough to tell which layers suffer, few enough to take no time.
  private static let fewExamples = 64

  private func calibrated() throws -> (calibration: Calibration, set: CalibrationSet) {
    if let measured { return measured }
    let set = try CalibrationSet(
      drawnFrom: parts.calibration, leavingOut: [parts.validation, parts.test],
      count: plan.examples, seed: seed)
    let made = (calibration: try Calibration(of: trained, on: set, backend: backend), set: set)
    measured = made
    return made
  }
}
