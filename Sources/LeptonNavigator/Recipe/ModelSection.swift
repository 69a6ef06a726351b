import Foundation
import Lepton
public import LeptonData
import LeptonValues

extension Recipe {
  /// Which network: an architecture that starts from random weights, or a trained model that goes on learning.
  public struct ModelPlan: Sendable, Hashable {
    /// The name of an `Architecture`; nil for what suits the data.
    public var architecture: String?
    /// The widths of the hidden layers of `mlp`; nil for its own.
    public var hidden: [Int]?
    /// The fraction of hidden values of `mlp` that are left out while training.
    public var dropout: Double
    /// The model to go on from, in place of an architecture.
    public var file: File?

    public init(
      architecture: String? = nil, hidden: [Int]? = nil, dropout: Double = 0, file: File? = nil
    ) {
      self.architecture = architecture
      self.hidden = hidden
      self.dropout = dropout
      self.file = file
    }

    /// A trained model, and what of it is trained further.
    public struct File: Sendable, Hashable {
      /// Of an ONNX file.
      public var path: String
      public var head = Head.auto
      public var trainable = Trainable.all
      /// What the model expects of images, for each channel or for all, as shares of the brightest; nil for the
      /// statistics of the training part.
      public var mean: [Double]?
      public var std: [Double]?

      public init(path: String) { self.path = path }
    }

    /// What becomes of the last layer of a trained model.
    public enum Head: String, Sendable, Hashable, CaseIterable {
      /// A new one where the classes of the data are not those of the model.
      case auto
      case keep
      case new
    }

    /// What of a trained model learns.
    public enum Trainable: String, Sendable, Hashable, CaseIterable {
      case all
      /// The last layer alone.
      case head
    }
  }
}

extension Recipe.ModelPlan {
  /// The keys of `model`, which may also be the path of a file alone.
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
    let path = try reader.optionalString(
      "file", means: "an ONNX file whose network goes on learning, in place of an architecture")
    var file = File(path: path ?? "")
    file.head = try reader.choice(
      "head", default: file.head,
      means: "last layer of the file; auto makes it anew where the classes are others")
    file.trainable = try reader.choice(
      "trainable", default: file.trainable, means: "what of the file learns")
    file.mean = try reader.optionalNumbers(
      "mean", in: -1...1,
      means:
        "mean of each channel that the file expects of pixels of 0 to 1; of the data by default")
    file.std = try reader.optionalNumbers(
      "std", in: 1e-6...10, means: "standard deviation of each channel, likewise")
    if path != nil { self.file = file }
    try checkFile(file, at: reader.place)
  }

  private func checkFile(_ given: File, at place: String) throws {
    let isSet =
      given.head != .auto || given.trainable != .all || given.mean != nil || given.std != nil
    if file == nil, isSet {
      throw LeptonError(
        .usage, "head, trainable, mean and std are of a model from a file", at: place,
        fix: "name it: model.file")
    }
    if file != nil, architecture != nil || setsLayers {
      throw LeptonError(
        .usage, "model.file brings its network: architecture, hidden and dropout say another",
        at: place, fix: "leave them out, or the file")
    }
    if (given.mean == nil) != (given.std == nil) {
      throw LeptonError(
        .usage, "of model.mean and model.std only one is given", at: place, fix: "give both")
    }
  }

  /// The name of the network for data of a kind.
  public func name(for kind: Dataset.Kind) -> String {
    if let file { return (file.path as NSString).lastPathComponent }
    let suitable = kind == .image && !setsLayers ? Architecture.cnn : .mlp
    return architecture ?? suitable.name
  }

  private var setsLayers: Bool { hidden != nil || dropout > 0 }

  /// Finds mistakes that can be known before the data are read.
  ///
  /// - Throws: `LeptonError`: `usage` for a network that does not exist, `io` for a file that does not.
  package func verify() throws {
    guard let file else {
      _ = try network(for: .image)
      return
    }
    guard FileManager.default.fileExists(atPath: file.path) else {
      throw LeptonError(
        .io, "no such file", at: file.path, fix: "check model.file, relative to where you are")
    }
  }

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
