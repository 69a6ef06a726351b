import LeptonGraph
import LeptonOps
import LeptonValues
import Testing

@Suite("Pools")
struct PoolingTests {
  @Test("take maxima as PyTorch does")
  func maximum() throws {
    let pool = MaxPool2D(kernel: [3, 3], strides: [2, 2], padding: [1, 1, 1, 1])
    let (results, gradients) = try applied(pool, [sine([1, 2, 5, 6], 1.7)], seed: (0.23, 0))
    #expect(
      Golden(
        [1, 2, 3, 3], [0.99166481, 0.99166481, 0.798487113, 0.9997929], sum: 16.658193,
        squares: 15.5797515
      ).matches(results[0]))
    #expect(
      Golden(
        [1, 2, 5, 6], [0, 0.227977524, 0, 0, 0, 0.443948107], sum: 7.09352088,
        squares: 9.00341273
      ).matches(gradients[0]))
  }

  @Test(
    "take means as PyTorch does, with and without padding in the count",
    arguments: [
      (
        true,
        Golden(
          [1, 2, 3, 3], [-0.0362607766, 0.0497860335, -0.0385411292], sum: -0.133320403,
          squares: 0.0362265387),
        Golden(
          [1, 2, 5, 6], [0, 0.0253308359, 0.0253308359, 0.0746584034], sum: 4.97685854,
          squares: 1.16263108)
      ),
      (
        false,
        Golden(
          [1, 2, 3, 3], [-0.0815867473, 0.0746790503, -0.0578116939], sum: -0.309754657,
          squares: 0.121522922),
        Golden(
          [1, 2, 5, 6], [0, 0.0379962539, 0.0379962539, 0.111987605], sum: 7.09352088,
          squares: 2.54181897)
      ),
    ])
  func mean(_ includesPadding: Bool, _ result: Golden, _ gradient: Golden) throws {
    let pool = AveragePool2D(
      kernel: [3, 3], strides: [2, 2], padding: [1, 1, 1, 1],
      countIncludesPadding: includesPadding)
    let (results, gradients) = try applied(pool, [sine([1, 2, 5, 6], 1.7)], seed: (0.23, 0))
    #expect(result.matches(results[0]))
    #expect(gradient.matches(gradients[0]))
  }

  @Test("give a tie to the first maximum, and let NaN win")
  func ties() throws {
    let pool = MaxPool2D(kernel: [2, 2])
    let x = TensorData([1, 1, 1, 1, 0, .nan, 5, 7] as [Double], shape: [1, 2, 2, 2])
    let (results, gradients) = try applied(pool, [x], seed: (0, 1.5))
    #expect(results[0].doubles[0] == 1)
    #expect(results[0].doubles[1].isNaN)
    #expect(
      gradients[0].doubles.map { $0 > 0.9 } == [true] + [
        false, false, false, false, true, false, false,
      ])
  }

  @Test("refuse padding that fills a window")
  func padding() {
    let pool = MaxPool2D(kernel: [2, 2], padding: [2, 0, 0, 0])
    #expect(throws: LeptonError.self) {
      try pool.resultTypes(of: [TensorType(.f32, [1, 1, 4, 4])])
    }
  }
}
