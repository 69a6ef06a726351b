package import LeptonOps

/// Something that a detector has found in a picture.
package struct FoundBox: Sendable, Hashable {
  package var box: Box
  package var score: Float
  /// The number of its class.
  package var label: Int

  package init(box: Box, score: Float, label: Int) {
    (self.box, self.score, self.label) = (box, score, label)
  }
}
