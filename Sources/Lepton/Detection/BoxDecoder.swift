import Foundation
package import LeptonGraph
import LeptonOps
package import LeptonValues

/// Reads what a detector has found out of its output.
package struct BoxDecoder: Sendable {
  private let head: DetectionHead
  /// Width and height of the network's input.
  private let input: SIMD2<Float>
  private let candidates: CandidateNumbers

  /// - Throws: `LeptonError` of kind `badInput` where the head is not one of this model.
  package init(_ head: DetectionHead, of model: Model) throws {
    let place = model.facts.name
    do { try head.verify() } catch let error as LeptonError { throw error.within(place) }
    let inputs = model.graph.dataInputs.map { model.graph.type(of: $0.value).shape }
    guard inputs.count == 1, inputs[0].rank == 4 else {
      throw LeptonError(
        .badInput, "a detector has one input, of images [N, C, H, W]", at: place,
        fix: "leave detection out")
    }
    let outputs = model.graph.dataOutputs
    guard outputs.count == 1 else {
      throw LeptonError(
        .badInput, "it has \(outputs.count) outputs, and a head reads one", at: place,
        fix: "export it with one output: boxes and scores side by side")
    }
    self.head = head
    input = SIMD2(Float(inputs[0][3]), Float(inputs[0][2]))
    candidates = try CandidateNumbers(
      head, model.graph.type(of: outputs[0].value).shape, output: outputs[0].name,
      classes: model.facts.labels.count, place)
  }

  /// How many classes it tells apart; nil where candidates name theirs.
  package var classCount: Int? { candidates.classCount }

  /// What is in each picture of a batch, best first, in pixels of the network's input.
  package func boxes(in output: TensorData) -> [[FoundBox]] {
    let numbers = output.floats
    let width = candidates.count * candidates.width
    return (0..<numbers.count / max(1, width)).map { row in
      chosen(of: found(in: numbers[row * width..<(row + 1) * width]))
    }
  }

  /// The candidates that score enough, in the order of the output.
  private func found(in numbers: ArraySlice<Float>) -> [FoundBox] {
    numbers.withUnsafeBufferPointer { numbers in
      (0..<candidates.count).compactMap { candidate in
        func number(_ place: Int) -> Float { numbers[candidates.index(of: place, in: candidate)] }
        guard let (label, certainty) = classified(number) else { return nil }
        var score = power(certainty, head.classPower)
        if let objectness = candidates.objectness {
          score *= power(number(objectness), head.objectnessPower)
        }
        guard score > Float(head.threshold), score.isFinite else { return nil }
        let box = box(of: candidate) { number(candidates.box + $0) }
        return box.isFinite ? FoundBox(box: box, score: score, label: label) : nil
      }
    }
  }

  /// The class that is most likely, of equal ones the first, and how sure it is.
  private func classified(_ number: (Int) -> Float) -> (label: Int, certainty: Float)? {
    if let chosen = candidates.chosen {
      let label = number(chosen.label)
      return Int(exactly: label.rounded()).flatMap { $0 >= 0 ? ($0, number(chosen.score)) : nil }
    }
    var (label, certainty) = (0, -Float.infinity)
    for index in 0..<(candidates.classCount ?? 0) {
      let value = number(candidates.classes + index)
      if value > certainty { (label, certainty) = (index, value) }
    }
    return (label, certainty)
  }

  private func power(_ value: Float, _ exponent: Double) -> Float {
    exponent == 1 ? value : powf(value, Float(exponent))
  }

  private func box(of candidate: Int, _ number: (Int) -> Float) -> Box {
    let (a, b) = (SIMD2(number(0), number(1)), SIMD2(number(2), number(3)))
    switch head.box {
    case .corners: return Box(low: a, high: b)
    case .centre: return Box(centre: a, size: b)
    case .cell:
      let (row, column) = candidate.quotientAndRemainder(dividingBy: candidates.columns)
      let cells = SIMD2(
        Float(candidates.columns), Float(candidates.count / candidates.columns))
      let centre = (SIMD2(Float(column), Float(row)) + SIMD2(tanh(a.x), tanh(a.y))) / cells
      let size = SIMD2(1 / (1 + exp(-b.x)), 1 / (1 + exp(-b.y)))
      return Box(centre: centre * input, size: size * input)
    }
  }

  /// Without those that a better one of their class overlaps.
  private func chosen(of found: [FoundBox]) -> [FoundBox] {
    let suppression = BoxSuppression(overlap: Float(head.overlap), limit: head.limit)
    let kept = Dictionary(grouping: found.indices) { found[$0].label }.values.flatMap { members in
      suppression.kept(
        of: members.map { found[$0].box }, scores: members.map { found[$0].score }
      ).map { members[$0] }
    }
    return kept.sorted {
      found[$0].score == found[$1].score ? $0 < $1 : found[$0].score > found[$1].score
    }.prefix(head.limit).map { found[$0] }
  }
}
