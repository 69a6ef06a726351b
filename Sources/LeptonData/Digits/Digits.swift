import LeptonValues

/// The embedded data set `digits`: grey 28 x 28 images of the ten digits, drawn by rule from a seed.
///
/// Each is one of several stroke drawings of its digit with strayed control points, turned, scaled,
/// sheared, shifted, elastically distorted, inked with a pen of random width and blur, on noisy
/// paper, at times beside a stray stroke. Image `i` follows from (seed, part, i) alone and has the
/// same bits on every machine, so the set needs no file and no network.
///
/// It is no copy of MNIST, and accuracies on it say nothing about MNIST. For orientation, test
/// accuracy after a few epochs of Adam: softmax regression 0.90; convolutions of 32 and 64 channels
/// with a dense layer of 128 units 0.99.
public enum Digits {
  public static let classes = (0...9).map(String.init)

  /// The parts never share an image: each draws from streams of its own.
  public enum Part: Int, Sendable, Hashable, CaseIterable {
    case train
    case test
  }

  /// 14,000 images to train on and 2,000 to test, a tenth of each digit.
  public static func bundle(
    train: Int = 14_000, test: Int = 2_000, seed: UInt64 = 2_024
  ) throws -> DataBundle {
    DataBundle(
      name: "digits", train: try dataset(.train, count: train, seed: seed),
      test: try dataset(.test, count: test, seed: seed))
  }

  /// The first `count` images of a part.
  public static func dataset(_ part: Part, count: Int, seed: UInt64 = 2_024) throws -> Dataset {
    var pixels: [UInt8] = []
    pixels.reserveCapacity(count * Canvas.side * Canvas.side)
    var labels: [Int32] = []
    labels.reserveCapacity(count)
    for index in 0..<count {
      var random = SeededGenerator(seed: seed, stream: part.rawValue, index)
      let digit = label(of: index, part, seed: seed)
      draw(digit, using: &random, into: &pixels)
      labels.append(Int32(digit))
    }
    return try Dataset(
      features: TensorData(pixels, shape: [count, 1, Canvas.side, Canvas.side]),
      labels: TensorData(labels, shape: [count]), classes: classes, kind: .image,
      origin: "digits")
  }

  /// Every ten consecutive images hold each digit once, in random order.
  private static func label(of index: Int, _ part: Part, seed: UInt64) -> Int {
    var random = SeededGenerator(seed: seed, stream: part.rawValue, -1, index / 10)
    return random.shuffled(0..<10)[index % 10]
  }

  private static func draw(
    _ digit: Int, using random: inout SeededGenerator, into pixels: inout [UInt8]
  ) {
    let variants = StrokeFont.variants[digit]
    let strokes = variants[random.below(variants.count)]
    let pen = Pen(using: &random)
    var canvas = Canvas()
    let reach = pen.radius + pen.softness
    for stroke in strokes {
      var strayed = stroke
      for index in strayed.points.indices {
        strayed.points[index].x += pen.jitter * random.normal()
        strayed.points[index].y += pen.jitter * random.normal()
      }
      canvas.draw(strayed.flattened(spacing: 0.12).map(pen.place), reach: reach)
    }
    for _ in 0..<pen.clutterCount {
      canvas.draw(clutter(using: &random), reach: reach)
    }
    canvas.developed(with: pen, using: &random, into: &pixels)
  }

  /// A short straight stroke near a border.
  private static func clutter(using random: inout SeededGenerator) -> [Point] {
    let along = random.uniform(in: 2...26)
    let depth = random.uniform(in: 0...3.5)
    let start =
      switch random.below(4) {
      case 0: Point(along, depth)
      case 1: Point(along, 28 - depth)
      case 2: Point(depth, along)
      default: Point(28 - depth, along)
      }
    return [
      start, start + Point(random.uniform(in: -4...4), random.uniform(in: -4...4)),
    ]
  }
}
