import LeptonGraph
import LeptonOps
import LeptonValues

/// Convolutions, dense layers and pooling.
extension TFLiteOperators {
  static let convolutions: [Int: (String, Reader)] = [
    3: (
      "CONV_2D",
      { node, reader in
        guard let options = node.options else { throw node.error("it has no options") }
        // [O, height, width, C / groups]
        let weights = try reader.weights(node.input(1), permutation: [0, 3, 1, 2])
        let channels = reader.file.tensors[try node.input(0)].shape.last ?? 0
        let inner = reader.builder.shape(of: weights)[1]
        guard inner > 0, channels % inner == 0 else {
          throw node.error("weights of \(inner) channels do not divide an input of \(channels)")
        }
        try reader.convolve(
          node, weights, groups: channels / inner, padding: options.byte(0),
          strides: [options.int(2), options.int(1)],
          dilation: [options.int(5, default: 1), options.int(4, default: 1)],
          activation: options.byte(3))
      }
    ),
    4: (
      "DEPTHWISE_CONV_2D",
      { node, reader in
        guard let options = node.options else { throw node.error("it has no options") }
        // [1, height, width, O]
        let weights = try reader.weights(node.input(1), permutation: [3, 0, 1, 2])
        guard reader.builder.shape(of: weights)[1] == 1 else {
          throw node.error("its weights do not begin with an extent of 1")
        }
        let channels = reader.file.tensors[try node.input(0)].shape.last ?? 0
        try reader.convolve(
          node, weights, groups: channels, padding: options.byte(0),
          strides: [options.int(2), options.int(1)],
          dilation: [options.int(6, default: 1), options.int(5, default: 1)],
          activation: options.byte(4))
      }
    ),
    67: (
      "TRANSPOSE_CONV",
      { node, reader in
        guard let options = node.options else { throw node.error("it has no options") }
        let shape = try reader.ints(node.input(0), node, "extents of the result")
        guard shape.count == 4, shape.allSatisfy({ $0 > 0 }) else {
          throw node.error("its result has extents \(shape)")
        }
        // [O, height, width, I]; as the convolution that it undoes: [I, O, height, width].
        let weights = try reader.weights(node.input(1), permutation: [3, 0, 1, 2])
        let kernel = Array(reader.builder.shape(of: weights)[2...])
        let strides = [try options.int(2), try options.int(1)]
        let padding = try TFLitePadding(options.byte(0), node).amounts(
          over: [shape[1], shape[2]], kernel: kernel, strides: strides, dilation: [1, 1], node)
        let op = Conv2DInputGradient(
          conv: Conv2D(strides: strides, padding: padding),
          inputShape: [0, shape[3], shape[1], shape[2]])
        var y = try reader.emit(op, weights, reader.real(node.input(2), .channelsFirst))
        if let bias = node.optionalInput(3) {
          let bias = try reader.bias(bias, input: node.input(2), weights: node.input(1))
          y = try reader.emit(Add(), y, reader.emit(Reshape([-1, 1, 1]), bias))
        }
        try reader.define(
          node.output(), reader.activated(y, options.byte(3), node), .channelsFirst)
      }
    ),
    9: (
      "FULLY_CONNECTED",
      { node, reader in
        guard try node.options?.byte(1) ?? 0 == 0 else {
          throw node.error(
            "its weights are stored shuffled", fix: "export it with the default format")
        }
        let weights = try reader.weights(node.input(1))
        let shape = reader.builder.shape(of: weights)
        guard shape.rank == 2 else { throw node.error("its weights are \(shape)") }
        var x = try reader.real(node.input(0))
        let rank = reader.builder.shape(of: x).rank
        let keepsAxes = try node.options?.bool(2) ?? false
        if rank != 2, !keepsAxes || rank < 2 { x = try reader.emit(Reshape([-1, shape[1]]), x) }
        var y = try reader.emit(MatMul(transposeB: true), x, weights)
        if let bias = node.optionalInput(2) {
          y = try reader.emit(
            Add(), y, reader.bias(bias, input: node.input(0), weights: node.input(1)))
        }
        try reader.define(node.output(), reader.activated(y, node.options?.byte(0) ?? 0, node))
      }
    ),
    126: (
      "BATCH_MATMUL",
      { node, reader in
        let op = MatMul(
          transposeA: try node.options?.bool(0) ?? false,
          transposeB: try node.options?.bool(1) ?? false)
        try reader.define(
          node.output(), reader.emit(op, reader.real(node.input(0)), reader.real(node.input(1))))
      }
    ),
    1: (
      "AVERAGE_POOL_2D",
      { node, reader in
        try reader.pool(node) { kernel, strides, padding in
          AveragePool2D(
            kernel: kernel, strides: strides, padding: padding, countIncludesPadding: false)
        }
      }
    ),
    17: (
      "MAX_POOL_2D",
      { node, reader in
        try reader.pool(node) { MaxPool2D(kernel: $0, strides: $1, padding: $2) }
      }
    ),
  ]
}

extension TFLiteReader {
  fileprivate mutating func convolve(
    _ node: TFLiteNode, _ weights: Value, groups: Int, padding: Int, strides: [Int],
    dilation: [Int],
    activation: Int
  ) throws {
    let x = try real(node.input(0), .channelsFirst)
    let extents = Array(builder.shape(of: x)[2...])
    let kernel = Array(builder.shape(of: weights)[2...])
    let amounts = try TFLitePadding(padding, node).amounts(
      over: extents, kernel: kernel, strides: strides, dilation: dilation, node)
    let op = Conv2D(strides: strides, padding: amounts, dilation: dilation, groups: groups)
    var operands = [x, weights]
    if let bias = node.optionalInput(2) {
      operands.append(try self.bias(bias, input: node.input(0), weights: node.input(1)))
    }
    let y = try builder.add(op, operands)[0]
    try define(node.output(), activated(y, activation, node), .channelsFirst)
  }

  fileprivate mutating func pool(
    _ node: TFLiteNode, _ op: (_ kernel: [Int], _ strides: [Int], _ padding: [Int]) -> any Op
  ) throws {
    guard let options = node.options else { throw node.error("it has no options") }
    let x = try real(node.input(0), .channelsFirst)
    let kernel = [try options.int(4), try options.int(3)]
    let strides = [try options.int(2), try options.int(1)]
    let padding = try TFLitePadding(options.byte(0), node).amounts(
      over: Array(builder.shape(of: x)[2...]), kernel: kernel, strides: strides, dilation: [1, 1],
      node)
    let y = try emit(op(kernel, strides, padding), x)
    try define(node.output(), activated(y, options.byte(5), node), .channelsFirst)
  }
}

/// How windows reach over the border.
enum TFLitePadding: Int {
  /// As many windows as there are strides, the odd zero behind.
  case same = 0
  case valid = 1

  init(_ code: Int, _ node: TFLiteNode) throws {
    guard let padding = TFLitePadding(rawValue: code) else {
      throw node.error("its padding is \(code)")
    }
    self = padding
  }

  /// Top, left, bottom, right.
  func amounts(
    over extents: [Int], kernel: [Int], strides: [Int], dilation: [Int], _ node: TFLiteNode
  ) throws -> [Int] {
    let plausible = 1...(1 << 24)
    guard (kernel + strides + dilation).allSatisfy(plausible.contains) else {
      throw node.error(
        "kernel \(kernel), strides \(strides), dilation \(dilation) are not those of a window")
    }
    guard self == .same else { return [0, 0, 0, 0] }
    let totals = extents.indices.map { axis in
      let count = (extents[axis] + strides[axis] - 1) / strides[axis]
      return max(
        0, (count - 1) * strides[axis] + (kernel[axis] - 1) * dilation[axis] + 1 - extents[axis])
    }
    return totals.map { $0 / 2 } + totals.map { $0 - $0 / 2 }
  }
}
