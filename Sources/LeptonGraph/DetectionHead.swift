import LeptonValues

/// How the output of a detector becomes boxes with classes. A fact of a model, which travels in the artifact.
///
/// An output holds candidates, each a few numbers: where its box is, and how sure the network is that there is something, and
/// of which class. Candidates that are sure enough and that no better one of their class overlaps are what the picture shows.
public struct DetectionHead: Sendable, Hashable, Codable {
  /// How candidates lie in the output.
  public enum Layout: String, Sendable, Hashable, Codable, CaseIterable {
    /// `[N, numbers, rows, columns]`: a candidate for each cell of a grid over the picture.
    case grid
    /// `[N, numbers, candidates]`
    case columns
    /// `[N, candidates, numbers]`
    case rows
  }

  /// A part of a candidate's numbers.
  public enum Part: String, Sendable, Hashable, Codable, CaseIterable {
    /// Four numbers that say where it is.
    case box
    /// How sure it is that there is anything.
    case objectness
    /// How sure it is of each class.
    case classes
    /// How sure it is of the class that it says; in place of `classes`.
    case score
    /// The number of that class.
    case label
  }

  /// What the four numbers of a box are.
  public enum BoxForm: String, Sendable, Hashable, Codable, CaseIterable {
    /// The way of the centre from the cell's corner, in cells, and width and height, as shares of the picture; the former
    /// through tanh, the latter through the logistic function.
    case cell
    /// Centre, width and height, in pixels of the input.
    case centre
    /// The upper left and the lower right corner, in pixels of the input.
    case corners
  }

  public var layout: Layout
  /// In the order in which a candidate has them.
  public var parts: [Part]
  public var box: BoxForm
  /// The score is `objectness^objectnessPower * class^classPower`.
  public var objectnessPower: Double
  public var classPower: Double
  /// Candidates must score more.
  public var threshold: Double
  /// Candidates that share more of their area with a better one of the same class are left out: intersection over union.
  /// At 1 all stay.
  public var overlap: Double
  /// Boxes in one picture at most, the best ones.
  public var limit: Int

  public init(
    layout: Layout, parts: [Part], box: BoxForm, objectnessPower: Double = 1,
    classPower: Double = 1, threshold: Double = 0.25, overlap: Double = 0.45, limit: Int = 300
  ) {
    self.layout = layout
    self.parts = parts
    self.box = box
    self.objectnessPower = objectnessPower
    self.classPower = classPower
    self.threshold = threshold
    self.overlap = overlap
    self.limit = limit
  }
}

extension DetectionHead {
  /// Detectors whose form others follow.
  public enum Known: String, Sendable, Hashable, CaseIterable {
    /// https://github.com/dog-qiuqiu/FastestDet
    case fastestdet
    /// Anchors decoded in the graph: boxes, objectness, classes.
    case yolov5
    /// Without objectness: YOLOv8, 9, 11.
    case yolov8
    /// The best candidates, already chosen: end to end.
    case yolov10
  }

  /// The form of a known detector, with the thresholds that are usual for it.
  public init(_ known: Known) {
    switch known {
    case .fastestdet:
      self.init(
        layout: .grid, parts: [.objectness, .box, .classes], box: .cell, objectnessPower: 0.6,
        classPower: 0.4, threshold: 0.65)
    case .yolov5: self.init(layout: .rows, parts: [.box, .objectness, .classes], box: .centre)
    case .yolov8: self.init(layout: .columns, parts: [.box, .classes], box: .centre)
    case .yolov10:
      self.init(layout: .rows, parts: [.box, .score, .label], box: .corners, overlap: 1)
    }
  }

  /// - Throws: `LeptonError` of kind `badInput` where it contradicts itself.
  public func verify() throws {
    func refuse(_ what: String, _ fix: String) -> LeptonError {
      LeptonError(.badInput, what, at: "detection", fix: fix)
    }
    let isChosen = parts.contains(.score)
    guard parts.contains(.box), Set(parts).count == parts.count,
      parts.contains(.classes) != isChosen, parts.contains(.label) == isChosen
    else {
      throw refuse(
        "parts are [\(parts.map(\.rawValue).joined(separator: ", "))]",
        "a candidate has a box, and either classes or a score and a label, each once")
    }
    guard box != .cell || layout == .grid else {
      throw refuse(
        "boxes in cells need a grid, and the layout is \(layout.rawValue)",
        "give layout: grid, or another form of boxes")
    }
    for (name, value, range) in [
      ("threshold", threshold, 0.0...1.0), ("overlap", overlap, 0...1),
      ("objectness_power", objectnessPower, 0...16), ("class_power", classPower, 0...16),
    ] where !range.contains(value) {
      throw refuse("\(name) is \(value)", "give \(range.lowerBound) to \(range.upperBound)")
    }
    guard (1...100_000).contains(limit) else {
      throw refuse("limit is \(limit)", "give 1 to 100000")
    }
  }
}

extension DetectionHead: CustomStringConvertible {
  /// `grid of [objectness, box, classes], boxes by cell, score above 0.65, overlap to 0.45`
  public var description: String {
    "\(layout.rawValue) of [\(parts.map(\.rawValue).joined(separator: ", "))], boxes by \(box.rawValue), "
      + "score above \(threshold), overlap to \(overlap)"
  }
}
