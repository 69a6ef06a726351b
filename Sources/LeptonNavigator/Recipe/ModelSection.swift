import Lepton
import LeptonValues

extension Recipe {
  /// Which network.
  public struct ModelPlan: Sendable, Hashable {
    /// The name of an `Architecture`.
    public var architecture: String
    /// The widths of the hidden layers of `mlp`; nil for its own.
    public var hidden: [Int]?
    /// The fraction of hidden values of `mlp` that are left out while training.
    public var dropout: Double

    public init(architecture: String, hidden: [Int]? = nil, dropout: Double = 0) {
      (self.architecture, self.hidden, self.dropout) = (architecture, hidden, dropout)
    }
  }
}

extension Recipe.ModelPlan {
  /// The keys of `model`.
  init(_ reader: SettingsReader) throws {
    self.init(
      architecture: try reader.string(
        "architecture", default: "cnn",
        means: "one of \(Architecture.all.map(\.name).joined(separator: ", "))"),
      hidden: try reader.optionalInts(
        "hidden", in: 1...65_536, means: "widths of the hidden layers of mlp"),
      dropout: try reader.number(
        "dropout", default: 0, in: 0...0.95,
        means: "share of hidden values of mlp that are left out while training"))
  }

  /// - Throws: `LeptonError` of kind `usage` for a name that does not exist, or widths of another network than `mlp`.
  func network() throws -> Architecture {
    guard hidden != nil || dropout > 0 else { return try .named(architecture) }
    guard architecture == Architecture.mlp.name else {
      throw LeptonError(
        .usage, "'\(architecture)' has no hidden layers to be set", at: "model",
        fix: "leave hidden and dropout out, or take architecture: mlp")
    }
    return .mlp(hidden: hidden ?? Architecture.mlpWidths, dropout: dropout)
  }
}
