import CLeptonKernels
import Testing

/// The C kernels by themselves, for both sizes of a block: a processor's back end uses only one of them.
@Suite("Winograd kernels")
struct WinogradKernelTests {
  @Test("agree with plain sums in all three passes", arguments: [Int32(8), 16])
  func sums(_ block: Int32) {
    let truth = PlainSums(block: Int(block))
    let shape = lk_winograd_shape(
      batch: 2, in_channels: 32, in_height: 9, in_width: 14, out_channels: 64, out_height: 9,
      out_width: 14, pad_top: 1, pad_left: 1, block: block, threads: 2)
    var forward = lk_winograd()
    forward.shape = shape
    var backward = forward
    swap(&backward.shape.in_channels, &backward.shape.out_channels)
    backward.transposed = true
    var gradient = lk_winograd_gradient()
    gradient.shape = shape

    var y = [Float](repeating: .nan, count: truth.y.count)
    var dx = [Float](repeating: .nan, count: truth.x.count)
    var dw = [Float](repeating: .nan, count: truth.w.count)
    let bytes = [
      lk_winograd_scratch_bytes(&forward), lk_winograd_scratch_bytes(&backward),
      lk_winograd_gradient_scratch_bytes(&gradient),
    ].max()!
    var scratch = [Float](repeating: .nan, count: Int(bytes) / 4)
    truth.x.withUnsafeBufferPointer { x in
      truth.w.withUnsafeBufferPointer { w in
        truth.g.withUnsafeBufferPointer { g in
          scratch.withUnsafeMutableBufferPointer { scratch in
            (forward.src, forward.weights) = (x.baseAddress, w.baseAddress)
            (backward.src, backward.weights) = (g.baseAddress, w.baseAddress)
            (gradient.src, gradient.gradient) = (x.baseAddress, g.baseAddress)
            forward.scratch = scratch.baseAddress
            backward.scratch = scratch.baseAddress
            gradient.scratch = scratch.baseAddress
            y.withUnsafeMutableBufferPointer {
              forward.dst = $0.baseAddress
              lk_winograd_run(&forward)
            }
            dx.withUnsafeMutableBufferPointer {
              backward.dst = $0.baseAddress
              lk_winograd_run(&backward)
            }
            dw.withUnsafeMutableBufferPointer {
              gradient.weights = $0.baseAddress
              lk_winograd_gradient_run(&gradient)
            }
          }
        }
      }
    }
    #expect(truth.y.difference(from: y) < 2e-5)
    #expect(truth.dx.difference(from: dx) < 2e-5)
    #expect(truth.dw.difference(from: dw) < 2e-5)
  }
}

/// A convolution and its gradients by their definition: two images of 32 channels, 64 results, 9 x 14, padding 1.
private struct PlainSums {
  var x = Self.noise(2 * 32 * 9 * 14, seed: 1)
  var w = Self.noise(64 * 32 * 9, seed: 2)
  var g = Self.noise(2 * 64 * 9 * 14, seed: 3)
  var y = [Double](repeating: 0, count: 2 * 64 * 9 * 14)
  var dx = [Double](repeating: 0, count: 2 * 32 * 9 * 14)
  var dw = [Double](repeating: 0, count: 64 * 32 * 9)

  /// Images lie in blocks of `block` channels.
  init(block: Int) {
    func place(_ image: Int, _ channel: Int, of channels: Int, _ row: Int, _ column: Int) -> Int {
      let plane = (image * channels + channel) / block
      return ((plane * 9 + row) * 14 + column) * block + channel % block
    }
    for (image, output, input) in (0..<2).flatMap({ n in
      (0..<64).flatMap { o in (0..<32).map { (n, o, $0) } }
    }) {
      for row in 0..<9 {
        for column in 0..<14 {
          let to = place(image, output, of: 64, row, column)
          for tap in 0..<9 {
            let (r, c) = (row + tap / 3 - 1, column + tap % 3 - 1)
            guard (0..<9).contains(r), (0..<14).contains(c) else { continue }
            let from = place(image, input, of: 32, r, c)
            let weight = (output * 32 + input) * 9 + tap
            y[to] += Double(x[from]) * Double(w[weight])
            dx[from] += Double(g[to]) * Double(w[weight])
            dw[weight] += Double(x[from]) * Double(g[to])
          }
        }
      }
    }
  }

  private static func noise(_ count: Int, seed: UInt64) -> [Float] {
    var state = seed
    return (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(state >> 40) / Float(1 << 23) - 1
    }
  }
}

extension [Double] {
  /// The largest difference, relative to the largest element; infinite where one is NaN.
  fileprivate func difference(from other: [Float]) -> Double {
    let scale = map(abs).max()!
    let differences = zip(self, other).map { abs($0 - Double($1)) / scale }
    return differences.contains { $0.isNaN } ? .infinity : differences.max()!
  }
}
