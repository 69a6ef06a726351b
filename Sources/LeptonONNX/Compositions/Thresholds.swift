import LeptonGraph
import LeptonOps
import LeptonValues

extension Compositions {
  /// `x > alpha ? x : 0`
  static let readThresholdedRelu: ONNXReader = { node, context in
    let x = try node.input(0)
    let threshold = try context.number(node.float("alpha", default: 1), like: x)
    let isAbove = try context.add(Greater(), x, threshold)
    return [try context.select(isAbove, x, else: 0)]
  }

  /// Numbers closer to 0 than `lambd` become 0, others move toward it by `bias`.
  static let readShrink: ONNXReader = { node, context in
    let x = try node.input(0)
    // Unsigned elements have no numbers below the threshold; wide ones keep all of their digits in single precision or do not.
    let from = context.dtype(of: x)
    let wide = from.isFloatingPoint ? x : try context.cast(x, to: .f64)
    let (lambda, bias) = (node.float("lambd", default: 0.5), node.float("bias", default: 0))
    let isAbove = try context.add(Greater(), wide, context.number(lambda, like: wide))
    let isBelow = try context.add(Less(), wide, context.number(-lambda, like: wide))
    let below = try context.select(isBelow, context.plus(wide, bias), else: 0)
    let y = try context.add(Select(), isAbove, context.plus(wide, -bias), below)
    return [try context.cast(y, to: from)]
  }

  /// `max(0, x) + min(0, alpha (e^(x / alpha) - 1))` (arXiv:1704.07483): an ELU of the scaled operand, scaled back.
  static let readCelu: ONNXReader = { node, context in
    let x = try node.input(0)
    let alpha = node.float("alpha", default: 1)
    guard alpha > 0 else { throw node.error("alpha \(alpha)", fix: "it is above 0") }
    let y = try context.add(Elu(), context.times(x, 1 / alpha))
    return [try context.times(y, alpha)]
  }

  /// 1 at the first of the largest elements along an axis, 0 elsewhere. Before opset 13 the axes from there on are one.
  static let readHardmax: ONNXReader = { node, context in
    let x = try node.input(0)
    let shape = context.shape(of: x)
    let axis = try node.axis("axis", default: node.opset < 13 ? 1 : -1, in: shape)
    let joins = node.opset < 13 && axis < shape.rank - 1
    let matrix = joins ? [shape[..<axis].reduce(1, *), shape[axis...].reduce(1, *)] : shape.extents
    let flat = joins ? try context.reshaped(x, matrix) : x
    let place = joins ? 1 : axis
    try context.requireSmall(TensorType(.i64, [matrix[place]]), node)
    let best = try context.add(ArgMax(axis: place, keepDims: true), flat)
    let column = [matrix[place]] + [Int](repeating: 1, count: matrix.count - 1 - place)
    let indices = try context.addConstant(
      TensorData((0..<Int64(matrix[place])).map { $0 }, shape: Shape(column)))
    let isBest = try context.add(Equal(), indices, best)
    let y = try context.cast(isBest, to: context.dtype(of: x))
    return [joins ? try context.reshaped(y, shape.extents) : y]
  }

  /// Divided by the norm along an axis; zeros stay zeros.
  static let readLpNormalization: ONNXReader = { node, context in
    let x = try node.input(0)
    let axis = try node.axis("axis", default: -1, in: context.shape(of: x))
    let p = node.int("p", default: 2)
    guard p == 1 || p == 2 else { throw node.error("the norm of order \(p)", fix: "1 or 2") }
    let size = p == 1 ? try context.add(Abs(), x) : try context.times(x, x)
    let sum = try context.reduced(.sum, size, [axis])
    let norm = p == 1 ? sum : try context.add(Sqrt(), sum)
    let isZero = try context.add(Equal(), norm, context.number(0, like: norm))
    let one = try context.number(1, like: norm)
    return [try context.over(x, context.add(Select(), isZero, one, norm))]
  }
}
