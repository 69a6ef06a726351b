import LeptonGraph
import LeptonOps
import LeptonValues

/// How each operation is written.
enum TFLiteWriters {
  typealias Writer = @Sendable (Node, inout TFLiteWriter) throws -> Void
  typealias Table = FlatBufferWriter.Table

  static func writer(of op: any Op) -> Writer? { table[op.name] }

  private static let table: [String: Writer] = [
    Constant.name: { _, _ in },
    Conv2D.name: { node, w in try w.convolution(node, node.op as! Conv2D) },
    MatMul.name: { node, w in try w.product(node, node.op as! MatMul) },
    MaxPool2D.name: { node, w in
      let op = node.op as! MaxPool2D
      guard op.dilation == [1, 1] else { throw TFLiteWriters.none("pooling with gaps") }
      try w.pool(
        node, 17, op.kernel, op.strides, op.padding, filling: -Double(Float.greatestFiniteMagnitude)
      )
    },
    AveragePool2D.name: { node, w in
      let op = node.op as! AveragePool2D
      try w.pool(
        node, 1, op.kernel, op.strides, op.padding, filling: op.countIncludesPadding ? 0 : nil)
    },
    Add.name: binary(0, 11, activation: true), Multiply.name: binary(18, 21, activation: true),
    Subtract.name: binary(41, 28, activation: true), Divide.name: binary(42, 29, activation: true),
    Maximum.name: binary(55, 39), Minimum.name: binary(57, 39), Power.name: binary(78, 56),
    Relu.name: unary(19), Sigmoid.name: unary(14), Tanh.name: unary(28), Exp.name: unary(47, 33),
    Neg.name: unary(59, 42), Sin.name: unary(66), Cos.name: unary(108, 86), Log.name: unary(73),
    Sqrt.name: unary(75), Rsqrt.name: unary(76), Abs.name: unary(101, 78), Ceil.name: unary(104),
    Floor.name: unary(8), Round.name: unary(116), HardSwish.name: unary(117, 91),
    Gelu.name: { node, w in
      var options = Table()
      options[0] = .byte((node.op as! Gelu).approximate ? 1 : 0)
      w.define(node.result, 150, [try w.tensor(of: node.operand)], (116, options))
    },
    LeakyRelu.name: { node, w in
      var options = Table()
      options[0] = .float(Float((node.op as! LeakyRelu).alpha))
      w.define(node.result, 98, [try w.tensor(of: node.operand)], (75, options))
    },
    Elu.name: { node, w in
      guard (node.op as! Elu).alpha == 1 else {
        throw TFLiteWriters.none("an ELU with another alpha than 1")
      }
      w.define(node.result, 111, [try w.tensor(of: node.operand)])
    },
    Clip.name: { node, w in
      let op = node.op as! Clip
      let x = try w.tensor(of: node.operand)
      if op.low == 0, op.high == 6 { return w.define(node.result, 21, [x]) }
      let low = w.emit(55, [x, w.scalar(op.low)], making: w.type(of: node.result), (39, Table()))
      w.define(node.result, 57, [low, w.scalar(op.high)], (39, Table()))
    },
    Silu.name: { node, w in
      let x = try w.tensor(of: node.operand)
      let gate = w.emit(14, [x], making: w.type(of: node.result))
      w.define(node.result, 18, [x, gate], (21, Table()))
    },
    HardSigmoid.name: { node, w in
      let op = node.op as! HardSigmoid
      let type = w.type(of: node.result)
      let scaled = w.emit(
        18, [try w.tensor(of: node.operand), w.scalar(op.alpha)], making: type, (21, Table()))
      let line = w.emit(0, [scaled, w.scalar(op.beta)], making: type, (11, Table()))
      let low = w.emit(55, [line, w.scalar(0)], making: type, (39, Table()))
      w.define(node.result, 57, [low, w.scalar(1)], (39, Table()))
    },
    Cast.name: { node, w in
      w.define(node.result, 53, [try w.tensor(of: node.operand)], (37, Table()))
    },
    Softmax.name: { node, w in
      var options = Table()
      options[0] = .float(1)
      try w.alongLastAxis(node, (node.op as! Softmax).axis, 25, (9, options))
    },
    LogSoftmax.name: { node, w in
      try w.alongLastAxis(node, (node.op as! LogSoftmax).axis, 50, (36, Table()))
    },
    Reshape.name: { node, w in
      let x = try w.inGraphOrder(node.operand)
      w.define(node.result, inGraphOrder: w.reshaped(x, to: w.graph.type(of: node.result).shape))
    },
    Transpose.name: { node, w in
      let x = try w.inGraphOrder(node.operand)
      w.define(node.result, inGraphOrder: w.transposed(x, (node.op as! Transpose).permutation))
    },
    Concat.name: { node, w in
      var options = Table()
      options[0] = .int(try w.axis((node.op as! Concat).axis, of: node.result))
      w.define(node.result, 2, try node.operands.map { try w.tensor(of: $0) }, (10, options))
    },
    Pad.name: { node, w in
      let op = node.op as! Pad
      guard op.mode != .edge, (op.low + op.high).allSatisfy({ $0 >= 0 }) else {
        throw TFLiteWriters.none("padding that repeats the border or takes away")
      }
      let x = try w.tensor(of: node.operand)
      let amounts = w.paddings(op.low, op.high)
      switch op.mode {
      case .constant where op.value == 0: w.define(node.result, 34, [x, amounts], (22, Table()))
      case .constant: w.define(node.result, 60, [x, amounts, w.scalar(op.value)], (43, Table()))
      default:
        var options = Table()
        options[0] = .byte(0)
        w.define(node.result, 100, [x, amounts], (77, options))
      }
    },
    Slice.name: { node, w in
      let op = node.op as! Slice
      let order = op.starts.count == 4 ? [0, 2, 3, 1] : Array(op.starts.indices)
      func list(_ values: [Int]) -> [Int] {
        order.map { max(-(1 << 31), min(values[$0], 1 << 31 - 1)) }
      }
      // A negative step that goes on to the first element has no end to state.
      guard zip(op.steps, op.ends).allSatisfy({ $0 > 0 || $1 > -(1 << 31) }) else {
        throw TFLiteWriters.none("slices that go backward to the first element")
      }
      w.define(
        node.result, 45,
        [
          try w.tensor(of: node.operand), w.integers(list(op.starts)), w.integers(list(op.ends)),
          w.integers(list(op.steps)),
        ],
        (32, Table()))
    },
    Reduce.name: { node, w in
      let op = node.op as! Reduce
      let code = [Reduce.Kind.mean: 40, .sum: 74, .max: 82, .min: 89, .product: 81][op.kind]!
      var options = Table()
      options[0] = .byte(op.keepDims ? 1 : 0)
      // Axes that are dropped leave the others in the order of the file.
      let rest = w.graph.type(of: node.operand).shape.indices.filter { !op.axes.contains($0) }
      let isImage = w.graph.type(of: node.operand).shape.rank == 4
      let moved = isImage && !op.keepDims && rest.contains(1) && rest.contains { $0 > 1 }
      let x = moved ? try w.inGraphOrder(node.operand) : try w.tensor(of: node.operand)
      let axes = try moved ? op.axes : op.axes.map { try w.axis($0, of: node.operand) }
      w.define(node.result, code, [x, w.integers(axes)], (27, options))
    },
    ArgMax.name: { node, w in
      let op = node.op as! ArgMax
      guard !op.keepDims, w.graph.type(of: node.operand).shape.rank != 4 else {
        throw TFLiteWriters.none("the place of the maximum in an image")
      }
      var options = Table()
      options[0] = .byte(4)
      let axis = try w.axis(op.axis, of: node.operand)
      w.define(
        node.result, 56, [try w.tensor(of: node.operand), w.integers([axis])], (40, options))
    },
    Gather.name: { node, w in
      // An index of one axis keeps the axes in their places.
      let (data, places) = (node.operands[0], node.operands[1])
      let isInPlace = w.graph.type(of: places).shape.rank == 1
      let axis = (node.op as! Gather).axis
      var options = Table()
      options[0] = .int(
        isInPlace
          ? try w.axis(axis, of: data) : axis < 0 ? axis + w.graph.type(of: data).shape.rank : axis)
      let indices = try w.tensor(of: places)
      if isInPlace {
        return w.define(node.result, 36, [try w.tensor(of: data), indices], (23, options))
      }
      let picked = w.emit(
        36, [try w.inGraphOrder(data), try w.inGraphOrder(places)],
        making: w.graph.type(of: node.result), (23, options))
      w.define(node.result, inGraphOrder: picked)
    },
    Resize2D.name: { node, w in
      let op = node.op as! Resize2D
      let size = w.graph.type(of: node.result).shape.extents.suffix(2)
      var options = Table()
      switch (op.mode, op.coordinates) {
      case (.linear, .halfPixel), (.nearest, .halfPixel):
        options[op.mode == .linear ? 3 : 1] = .byte(1)
      case (.linear, .alignCorners): options[2] = .byte(1)
      case (.linear, .asymmetric), (.nearest, .asymmetric):
        guard op.mode == .linear || op.rounding == .floor else { fallthrough }
      default: throw TFLiteWriters.none("resizing with \(op.coordinates) and \(op.rounding)")
      }
      let code = op.mode == .linear ? 23 : 97
      w.define(
        node.result, code, [try w.tensor(of: node.operand), w.integers(Array(size))],
        (op.mode == .linear ? 15 : 74, options), version: 3)
    },
  ]

  static func none(_ what: String) -> LeptonError {
    LeptonError(
      .badInput, "\(what): TensorFlow Lite has no operator for it",
      fix: "save the model as ONNX, which has it")
  }

  private static func unary(_ code: Int, _ kind: Int? = nil) -> Writer {
    { node, w in
      w.define(node.result, code, [try w.tensor(of: node.operand)], kind.map { ($0, Table()) })
    }
  }

  private static func binary(_ code: Int, _ kind: Int, activation: Bool = false) -> Writer {
    { node, w in
      let rank = w.graph.type(of: node.result).shape.rank
      let operands = try node.operands.map { try w.operand($0, besides: rank) }
      var options = Table()
      var result = node.result
      if activation, w.graph.type(of: result).dtype == .f32 {
        let next = w.absorbActivation(after: result)
        options[0] = .byte(next.code)
        result = next.result
      }
      w.define(result, code, operands, (kind, options))
    }
  }
}

extension TFLiteWriter {
  fileprivate mutating func convolution(_ node: Node, _ op: Conv2D) throws {
    let (x, w) = (graph.type(of: node.operands[0]).shape, graph.type(of: node.operands[1]).shape)
    guard let weights = constant(of: node.operands[1]) else {
      throw TFLiteWriters.none("convolution by weights that are computed")
    }
    let padded = try padded(
      node.operands[0], kernel: [w[2], w[3]], strides: op.strides, dilation: op.dilation,
      padding: op.padding, filling: 0)
    let isDepthwise = op.groups > 1 && op.groups == x[1]
    // [1, height, width, O] or [O, height, width, C / groups]
    let kernel = constant(try weights.transposed(isDepthwise ? [1, 2, 3, 0] : [0, 2, 3, 1]))
    let bias =
      node.operands.count == 3
      ? try tensor(of: node.operands[2]) : constant(TensorData(zeros: TensorType(.f32, [w[0]])))
    let (activation, result) = absorbActivation(after: node.result)
    var options = FlatBufferWriter.Table()
    options[0] = .byte(padded.isSame ? 0 : 1)
    options[1] = .int(op.strides[1])
    options[2] = .int(op.strides[0])
    if isDepthwise { options[3] = .int(w[0] / x[1]) }
    let next = isDepthwise ? 4 : 3
    options[next] = .byte(activation)
    options[next + 1] = .int(op.dilation[1])
    options[next + 2] = .int(op.dilation[0])
    define(
      result, isDepthwise ? 4 : 3, [padded.index, kernel, bias], (isDepthwise ? 2 : 1, options),
      version: op.groups > 1 && !isDepthwise ? 6 : op.dilation != [1, 1] ? 2 : 1)
  }

  fileprivate mutating func pool(
    _ node: Node, _ code: Int, _ kernel: [Int], _ strides: [Int], _ padding: [Int], filling: Double?
  ) throws {
    let padded = try padded(
      node.operand, kernel: kernel, strides: strides, dilation: [1, 1], padding: padding,
      filling: filling,
      // The mean over SAME windows leaves their padding out.
      allowsSame: code == 17 || filling == nil)
    var options = FlatBufferWriter.Table()
    options[0] = .byte(padded.isSame ? 0 : 1)
    options[1] = .int(strides[1])
    options[2] = .int(strides[0])
    options[3] = .int(kernel[1])
    options[4] = .int(kernel[0])
    define(node.result, code, [padded.index], (5, options))
  }

  /// The operand of a window, and whether its padding is that of SAME; any other is made beforehand.
  private mutating func padded(
    _ value: Value, kernel: [Int], strides: [Int], dilation: [Int], padding: [Int],
    filling: Double?,
    allowsSame: Bool = true
  ) throws -> (index: Int, isSame: Bool) {
    let index = try tensor(of: value)
    if padding.allSatisfy({ $0 == 0 }) { return (index, false) }
    let extents = Array(graph.type(of: value).shape.extents.suffix(2))
    let totals = (0..<2).map { axis in
      let count = (extents[axis] + strides[axis] - 1) / strides[axis]
      return max(
        0, (count - 1) * strides[axis] + (kernel[axis] - 1) * dilation[axis] + 1 - extents[axis])
    }
    if allowsSame, padding == totals.map({ $0 / 2 }) + totals.map({ $0 - $0 / 2 }) {
      return (index, true)
    }
    guard let filling else {
      throw TFLiteWriters.none("mean without the padding, unless windows are placed as SAME")
    }
    let type = type(ofTensor: index)
    let s = type.shape
    let wide = type.with(
      shape: [s[0], s[1] + padding[0] + padding[2], s[2] + padding[1] + padding[3], s[3]])
    let amounts = paddings([0, 0, padding[0], padding[1]], [0, 0, padding[2], padding[3]])
    let result =
      filling == 0
      ? emit(34, [index, amounts], making: wide, (22, FlatBufferWriter.Table()))
      : emit(60, [index, amounts, scalar(filling)], making: wide, (43, FlatBufferWriter.Table()))
    return (result, false)
  }

  /// Amounts before and after each axis of the graph, as the operand of a padding.
  fileprivate mutating func paddings(_ low: [Int], _ high: [Int]) -> Int {
    let order = low.count == 4 ? [0, 2, 3, 1] : Array(low.indices)
    return constant(
      TensorData(
        order.flatMap { [Int32(clamping: low[$0]), Int32(clamping: high[$0])] },
        shape: [low.count, 2]))
  }

  fileprivate mutating func product(_ node: Node, _ op: MatMul) throws {
    let (a, b) = (node.operands[0], node.operands[1])
    let rank = graph.type(of: a).shape.rank
    guard let weights = constant(of: b), weights.shape.rank == 2, !op.transposeA, rank != 4 else {
      var options = FlatBufferWriter.Table()
      options[0] = .byte(op.transposeA ? 1 : 0)
      options[1] = .byte(op.transposeB ? 1 : 0)
      let product = emit(
        126, [try inGraphOrder(a), try inGraphOrder(b)], making: graph.type(of: node.result),
        (101, options))
      return define(node.result, inGraphOrder: product)
    }
    let kernel = op.transposeB ? weights : try weights.transposed([1, 0])
    var (inputs, result) = ([try tensor(of: a), constant(kernel), -1], node.result)
    if let (bias, sum) = try absorbBias(after: result, count: kernel.shape[0]) {
      (inputs[2], result) = (bias, sum)
    }
    let (activation, last) = absorbActivation(after: result)
    var options = FlatBufferWriter.Table()
    options[0] = .byte(activation)
    options[2] = .byte(rank == 2 ? 0 : 1)
    define(last, 9, inputs, (8, options), version: rank == 2 ? 1 : 5)
  }

  /// An operator that works along the last axis alone.
  fileprivate mutating func alongLastAxis(
    _ node: Node, _ axis: Int, _ code: Int, _ options: (Int, FlatBufferWriter.Table)
  ) throws {
    let x = try tensor(of: node.operand)
    let type = type(ofTensor: x)
    let place = try self.axis(axis, of: node.operand)
    let last = type.shape.rank - 1
    if place == last { return define(node.result, code, [x], options) }
    var order = Array(type.shape.indices)
    order.swapAt(place, last)
    let moved = transposed(x, order)
    let result = emit(code, [moved], making: self.type(ofTensor: moved), options)
    define(node.result, as: transposed(result, order))
  }
}
