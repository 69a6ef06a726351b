/// Of boxes that overlap, the one with the best score: non-maximum suppression.
package struct BoxSuppression: Sendable {
  /// Boxes that overlap a better one by more than this are left out.
  package var overlap: Float
  /// How many stay at most.
  package var limit: Int

  package init(overlap: Float, limit: Int) { (self.overlap, self.limit) = (overlap, limit) }

  /// The boxes that stay, best first; of equal scores the first. Scores that are no numbers are of no box.
  ///
  /// - Parameter least: what a score must exceed; nil for none.
  package func kept(of boxes: [Box], scores: [Float], above least: Float? = nil) -> [Int] {
    let order = scores.indices
      .filter { index in least.map { scores[index] > $0 } ?? !scores[index].isNaN }
      .sorted { scores[$0] == scores[$1] ? $0 < $1 : scores[$0] > scores[$1] }
    var chosen: [Int] = []
    for box in order where chosen.count < limit {
      if !chosen.contains(where: { boxes[$0].overlap(with: boxes[box]) > overlap }) {
        chosen.append(box)
      }
    }
    return chosen
  }
}
