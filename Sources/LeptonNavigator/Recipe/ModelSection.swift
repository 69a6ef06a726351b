import Lepton
public import LeptonData
import LeptonValues

extension Recipe {
  /// Which network.
  public struct ModelPlan: Sendable, Hashable {
    /// The name of an `Architecture`; nil for what suits the data.
    public var architecture: String?
    /// The widths of the hidden layers of `mlp`; nil for its own.
    public var hidden: [Int]?
    /// The fraction of hidden values of `mlp` that are left out while training.
    public var dropout: Double

    public init(architecture: String? = nil, hidden: [Int]? = nil, dropout: Double = 0) {
      (self.architecture, self.hidden, self.dropout) = (architecture, hidden, dropout)
    }
  }
}

extension Recipe.ModelPlan {
  /// The keys of `model`.
  init(_ reader: SettingsReader) throws {
    self.init(
      architecture: try reader.optionalString(
        "architecture",
        means:
          "one of \(Architecture.all.map(\.name).joined(separator: ", ")); by default cnn for images, "
          + "mlp for tables"),
      hidden: try reader.optionalInts(
        "hidden", in: 1...65_536, means: "widths of the hidden layers of mlp"),
      dropout: try reader.number(
        "dropout", default: 0, in: 0...0.95,
        means: "share of hidden values of mlp that are left out while training"))
  }

  /// The name of the network for data of a kind.
  public func name(for kind: Dataset.Kind) -> String {
    let suitable = kind == .image && !setsLayers ? Architecture.cnn : .mlp
    return architecture ?? suitable.name
  }

  private var setsLayers: Bool { hidden != nil || dropout > 0 }

  /// - Throws: `LeptonError` of kind `usage` for a name that does not exist, or widths of another network than `mlp`.
  func network(for kind: Dataset.Kind) throws -> Architecture {
    let name = name(for: kind)
    guard setsLayers else { return try .named(name) }
    guard name == Architecture.mlp.name else {
      throw LeptonError(
        .usage, "'\(name)' has no hidden layers to be set", at: "model",
        fix: "leave hidden and dropout out, or take architecture: mlp")
    }
    return .mlp(hidden: hidden ?? Architecture.mlpWidths, dropout: dropout)
  }
}
