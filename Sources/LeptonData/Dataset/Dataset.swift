public import LeptonValues

/// Labelled examples in memory.
///
/// ```swift
/// let data = try DataSource.open("digits").train
/// data.count          // 14000
/// data.features.type  // u8[14000, 1, 28, 28]
/// ```
public struct Dataset: Sendable {
  /// What the features are.
  public enum Kind: String, Sendable, Hashable, Codable {
    /// `u8[N, C, H, W]`, 0...255, C = 1 (grey) or 3 (red, green, blue).
    case image
    /// `f32[N, F]`.
    case table
    /// Any type and shape `[N, ...]`, as the model takes it: tokens, sequences, prepared images.
    case tensor

    /// Whether features of this shape can be of the kind.
    fileprivate func allows(_ shape: Shape) -> Bool {
      switch self {
      case .image: shape.rank == 4
      case .table: shape.rank == 2
      case .tensor: shape.rank >= 1
      }
    }

    /// What features have to be, for errors.
    fileprivate var form: String {
      switch self {
      case .image: "u8[N, C, H, W]"
      case .table: "f32[N, F]"
      case .tensor: "[N, ...]"
      }
    }
  }

  /// One example per row of the first axis.
  public let features: TensorData
  /// `i32[N]`, indices into `classes`.
  public let labels: TensorData
  /// The name of each label.
  public let classes: [String]
  /// The name of each column of a table; empty for images.
  public let featureNames: [String]
  public let kind: Kind
  /// The path or name that the data came from.
  public let origin: String
  /// The file of each example, where each has one.
  public let names: [String]

  /// - Throws: `LeptonError` of kind `badInput` where lengths, types or labels do not agree.
  public init(
    features: TensorData, labels: TensorData, classes: [String], featureNames: [String] = [],
    kind: Kind, origin: String, names: [String] = []
  ) throws {
    func refuse(_ what: String, fix: String = "") -> LeptonError {
      LeptonError(.badInput, what, at: origin, fix: fix)
    }
    guard labels.dtype == .i32, labels.shape.rank == 1 else {
      throw refuse("labels are \(labels.type)", fix: "give i32[N]")
    }
    guard kind.allows(features.shape) else {
      throw refuse("features are \(features.type)", fix: "give \(kind.form)")
    }
    guard features.shape[0] == labels.shape[0] else {
      throw refuse("\(features.shape[0]) examples have \(labels.shape[0]) labels")
    }
    guard featureNames.isEmpty || featureNames.count == features.shape[1] else {
      throw refuse("\(features.shape[1]) columns have \(featureNames.count) names")
    }
    guard names.isEmpty || names.count == labels.shape[0] else {
      throw refuse("\(labels.shape[0]) examples have \(names.count) names")
    }
    let indices = labels.array(of: Int32.self)
    if let row = indices.firstIndex(where: { !classes.indices.contains(Int($0)) }) {
      throw refuse("example \(row) has label \(indices[row]), outside 0..<\(classes.count)")
    }
    self.features = features
    self.labels = labels
    self.classes = classes
    self.featureNames = featureNames
    self.kind = kind
    self.origin = origin
    self.names = names
  }
}

extension Dataset {
  /// The number of examples.
  public var count: Int { labels.elementCount }

  /// The shape of one example: `[C, H, W]`, `[F]`, or what tensors have behind the first axis.
  public var exampleShape: Shape { Shape(Array(features.shape.dropFirst())) }

  /// How many examples each class has.
  public var classCounts: [Int] {
    labels.array(of: Int32.self).reduce(into: [Int](repeating: 0, count: classes.count)) {
      $0[Int($1)] += 1
    }
  }

  /// One example, without the example axis, and the index of its class.
  public func example(at index: Int) -> (features: TensorData, label: Int) {
    let row = subset([index])
    return (row.features.reshaped(to: exampleShape), Int(row.labels.array(of: Int32.self)[0]))
  }

  /// The examples at `indices`, in that order; an index may repeat.
  public func subset(_ indices: [Int]) -> Dataset {
    Dataset(
      self, features: features.gatheringRows(indices), labels: labels.gatheringRows(indices),
      names: names.isEmpty ? [] : indices.map { names[$0] })
  }

  /// The first `count` examples, or all where there are fewer.
  public func first(_ count: Int) -> Dataset {
    count >= self.count ? self : subset(Array(0..<max(0, count)))
  }

  /// The SHA-256, in hexadecimal, of the types, the features and the labels. Reads every byte.
  public var fingerprint: String {
    var hash = SHA256()
    hash.update(Array("\(features.type) \(labels.type)\n".utf8))
    features.withUnsafeBytes { hash.update($0) }
    labels.withUnsafeBytes { hash.update($0) }
    return hash.hex()
  }

  private init(
    _ whole: Dataset, features: TensorData, labels: TensorData, names: [String]
  ) {
    self.names = names
    self.features = features
    self.labels = labels
    classes = whole.classes
    featureNames = whole.featureNames
    kind = whole.kind
    origin = whole.origin
  }
}

extension Dataset: CustomStringConvertible {
  /// `digits: 14000 images u8[14000, 1, 28, 28], 10 classes`
  public var description: String {
    let noun =
      switch kind {
      case .image: "images"
      case .table: "rows"
      case .tensor: "examples"
      }
    return "\(origin): \(count) \(noun) \(features.type), \(classes.count) classes"
  }
}
