import LeptonValues

/// The loops that a convolution and its two gradients share: rows of the result, each with the row
/// of the input that one tap of the kernel reads, clipped to where that tap reads no padding.
struct ConvolutionLoops {
  /// A run of `count` results: result `i` takes element `input + i * stride` times one weight.
  struct Row {
    let result: Int
    let input: Int
    let weight: Int
    let count: Int
    let stride: Int
  }

  private let window: Window2D
  private let groups: Int
  private let input: Shape
  private let weights: Shape
  private let result: Shape

  init(_ conv: Conv2D, input: Shape, weights: Shape, result: Shape) throws {
    window = try conv.window(kernel: [weights[2], weights[3]])
    groups = conv.groups
    self.input = input
    self.weights = weights
    self.result = result
  }

  @inline(__always)
  func forEachRow(_ body: (Row) -> Void) {
    let (channels, perGroup) = (weights[1], weights[0] / groups)
    for n in 0..<input[0] {
      for o in 0..<weights[0] {
        for c in 0..<channels {
          let inputPlane = (n * input[1] + o / perGroup * channels + c) * input[2] * input[3]
          let resultPlane = (n * result[1] + o) * result[2] * result[3]
          let kernel = (o * channels + c) * weights[2] * weights[3]
          forEachRow(inputPlane, resultPlane, kernel, body)
        }
      }
    }
  }

  @inline(__always)
  private func forEachRow(
    _ inputPlane: Int, _ resultPlane: Int, _ kernel: Int, _ body: (Row) -> Void
  ) {
    let (vertical, horizontal) = (window.vertical, window.horizontal)
    let (inputWidth, resultWidth) = (input[3], result[3])
    for ky in 0..<vertical.kernel {
      let lines = vertical.windows(reading: ky, of: input[2], count: result[2])
      for kx in 0..<horizontal.kernel {
        let run = horizontal.windows(reading: kx, of: inputWidth, count: resultWidth)
        guard !run.isEmpty else { continue }
        let column = horizontal.element(window: run.lowerBound, tap: kx)
        for y in lines {
          body(
            Row(
              result: resultPlane + y * resultWidth + run.lowerBound,
              input: inputPlane + vertical.element(window: y, tap: ky) * inputWidth + column,
              weight: kernel + ky * horizontal.kernel + kx, count: run.count,
              stride: horizontal.stride))
        }
      }
    }
  }
}
