public import LeptonData
import LeptonValues

/// Examples on which the ranges of activations are measured.
///
/// They come from training data and nowhere else: making a set asks for the held-out parts, by which a model will be
/// judged, and passes over every example that also stands in one of them.
///
/// ```swift
/// let set = try CalibrationSet(drawnFrom: train, leavingOut: [validation, test])
/// ```
public struct CalibrationSet: Sendable {
  public let examples: Dataset
  /// SHA-256 of the examples, for the lineage of what was made with them.
  public let fingerprint: String

  /// - Parameters:
  ///   - count: examples to draw; all that there are where they are fewer.
  /// - Throws: `LeptonError` of kind `badInput` where no example is left.
  public init(
    drawnFrom training: Dataset, leavingOut heldOut: [Dataset], count: Int = 512,
    seed: UInt64 = 0
  ) throws {
    let forbidden = Set(heldOut.flatMap { $0.features.rowHashes })
    let hashes = training.features.rowHashes
    var generator = SeededGenerator(seed: seed, stream: Self.stream)
    let rows = generator.shuffled(0..<training.count)
      .lazy.filter { !forbidden.contains(hashes[$0]) }.prefix(max(1, count))
    let chosen = Array(rows)
    guard !chosen.isEmpty else {
      throw LeptonError(
        .badInput, "no example for calibration is left beside the held-out ones",
        at: training.origin, fix: "hold fewer examples out, or give more data")
    }
    examples = training.subset(chosen)
    fingerprint = examples.fingerprint
  }

  /// Sets these draws apart from those of shuffles with the same seed.
  private static let stream = 0x6361_6C69
}

extension TensorData {
  /// A hash of the bytes of each row of the first axis. Equal hashes of different rows cost a calibration set one
  /// example, no more.
  fileprivate var rowHashes: [Int] {
    let rows = shape.first ?? 0
    guard rows > 0 else { return [] }
    let rowBytes = type.byteCount / rows
    return withUnsafeBytes { bytes in
      (0..<rows).map { row in
        var hasher = Hasher()
        hasher.combine(
          bytes: UnsafeRawBufferPointer(rebasing: bytes[(row * rowBytes)..<((row + 1) * rowBytes)]))
        return hasher.finalize()
      }
    }
  }
}
