import LeptonGraph
import LeptonOps
import LeptonValues
import Testing

@Suite("Resizing")
struct ResizeTests {
  @Test(
    "interpolates as PyTorch does",
    arguments: [
      (
        Resize2D(mode: .nearest, coordinates: .asymmetric, rounding: .floor, scales: [2, 2]),
        Golden(
          [1, 2, 6, 8], [0, 0, 0.361615432, 0.361615432, 0.674287912], sum: 18.7908809,
          squares: 49.7482764)
      ),
      (
        Resize2D(mode: .linear, size: [5, 7]),
        Golden(
          [1, 2, 5, 7], [0, 0.129148369, 0.335785758, 0.517951672], sum: 14.5669703,
          squares: 29.4487034)
      ),
      (
        Resize2D(mode: .linear, coordinates: .alignCorners, size: [5, 7]),
        Golden(
          [1, 2, 5, 7], [0, 0.180807716, 0.361615432, 0.517951672], sum: 15.974982,
          squares: 28.9528014)
      ),
      (
        Resize2D(mode: .linear, size: [2, 3]),
        Golden(
          [1, 2, 2, 3], [0.292730238, 0.608193838, 0.7864638, 0.336989144], sum: 1.88155854,
          squares: 4.166542)
      ),
    ])
  func interpolation(_ op: Resize2D, _ expected: Golden) throws {
    #expect(expected.matches(try applied(op, [sine([1, 2, 3, 4])]).results[0]))
  }
}
