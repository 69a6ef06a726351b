import LeptonOps
import Testing

@Suite("Boxes")
struct BoxTests {
  private func box(_ x1: Float, _ y1: Float, _ x2: Float, _ y2: Float) -> Box {
    Box(low: SIMD2(x1, y1), high: SIMD2(x2, y2))
  }

  @Test("overlap is the common share; nothing in common or no inside is none")
  func overlap() {
    #expect(box(0, 0, 2, 2).overlap(with: box(1, 0, 3, 2)) == Float(2) / 6)
    #expect(box(0, 0, 2, 2).overlap(with: box(0, 0, 2, 2)) == 1)
    for other in [
      box(2, 0, 4, 2), box(5, 5, 6, 6), box(1, 1, 1, 2), box(2, 2, 0, 0),
    ] {
      #expect(box(0, 0, 2, 2).overlap(with: other) == -1, "\(other)")
    }
    #expect(box(0, 0, 1, 1).overlap(with: box(0, 0, .infinity, 1)) <= 0)
  }

  @Test("forms of the same box")
  func forms() {
    #expect(Box(corner: SIMD2(3, 1), SIMD2(1, 5)) == box(1, 1, 3, 5))
    #expect(Box(centre: SIMD2(2, 3), size: SIMD2(2, 4)) == box(1, 1, 3, 5))
    #expect(box(-4, 1, 9, 5).clipped(to: box(0, 0, 8, 4)) == box(0, 1, 8, 4))
    #expect(box(-4, 1, -1, 5).clipped(to: box(0, 0, 8, 4)).area == 0)
  }

  @Test("of boxes that overlap the best stays, of equal ones the first; never one without a score")
  func suppression() {
    let boxes = [
      box(0, 0, 4, 4), box(0, 0, 4, 3), box(8, 0, 9, 1), box(0, 0, 4, 4), box(8, 8, 9, 9),
    ]
    let half = BoxSuppression(overlap: 0.5, limit: 9)
    #expect(half.kept(of: boxes, scores: [0.5, 0.9, 0.1, 0.9, .nan]) == [1, 2])
    #expect(half.kept(of: boxes, scores: [0.9, 0.9, 0.1, 0.9, 0.1]) == [0, 2, 4])
    #expect(half.kept(of: boxes, scores: [0.9, 0.9, 0.1, 0.9, 0.1], above: 0.1) == [0])
    #expect(
      BoxSuppression(overlap: 1, limit: 9).kept(of: boxes, scores: [5, 4, 3, 2, 1])
        == [0, 1, 2, 3, 4])
    #expect(
      BoxSuppression(overlap: 1, limit: 2).kept(of: boxes, scores: [1, 2, 3, 4, 5]) == [4, 3])
    #expect(half.kept(of: [], scores: []).isEmpty)
    // Exactly as much as is allowed is not too much.
    #expect(
      half.kept(of: [box(0, 0, 2, 1), box(0, 0, 1, 1)], scores: [2, 1]) == [0, 1])
  }
}
