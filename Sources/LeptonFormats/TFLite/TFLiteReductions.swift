import LeptonGraph
import LeptonOps
import LeptonValues

/// What combines elements along axes.
extension TFLiteOperators {
  static let reductions: [Int: (String, Reader)] = [
    25: (
      "SOFTMAX",
      { node, reader in
        var x = try reader.real(node.input(0))
        let beta = try node.options?.float(0) ?? 1
        if beta != 1 { x = try reader.emit(Multiply(), x, reader.emit(TensorData(scalar: beta))) }
        try reader.define(node.output(), reader.emit(Softmax(), x))
      }
    ),
    50: (
      "LOG_SOFTMAX",
      { node, reader in
        try reader.define(node.output(), reader.emit(LogSoftmax(), reader.real(node.input(0))))
      }
    ),
    40: ("MEAN", reduce(.mean)),
    74: ("SUM", reduce(.sum)),
    81: ("REDUCE_PROD", reduce(.product)),
    82: ("REDUCE_MAX", reduce(.max)),
    89: ("REDUCE_MIN", reduce(.min)),
    56: (
      "ARG_MAX",
      { node, reader in
        let axis = try reader.ints(node.input(1), node, "axes").first ?? -1
        try reader.define(
          node.output(), reader.emit(ArgMax(axis: axis), reader.real(node.input(0))))
      }
    ),
    79: (
      "ARG_MIN",
      { node, reader in
        let axis = try reader.ints(node.input(1), node, "axes").first ?? -1
        try reader.define(
          node.output(), reader.emit(ArgMin(axis: axis), reader.real(node.input(0))))
      }
    ),
    11: (
      "L2_NORMALIZATION",
      { node, reader in
        let x = try reader.real(node.input(0))
        let last = reader.builder.shape(of: x).rank - 1
        guard last >= 0 else { throw node.error("a scalar has no axis") }
        let squares = try reader.emit(Multiply(), x, x)
        let sum = try reader.emit(Reduce(.sum, axes: [last], keepDims: true), squares)
        let bounded = try reader.emit(Maximum(), sum, reader.emit(TensorData(scalar: Float(1e-12))))
        let y = try reader.emit(Divide(), x, reader.emit(Sqrt(), bounded))
        try reader.define(node.output(), reader.activated(y, node.options?.byte(0) ?? 0, node))
      }
    ),
  ]

  private static func reduce(_ kind: Reduce.Kind) -> Reader {
    { node, reader in
      let rank = reader.file.tensors[try node.input(0)].shape.count
      let axes = try Set(
        reader.ints(node.input(1), node, "axes").map { try reader.axis($0, of: rank, node) }
      ).sorted()
      let keepDims = try node.options?.bool(0) ?? false
      // Images that were made with channels first are reduced so, unless a part of their axes stays that way.
      let isImage = reader.layout(of: node) == .channelsFirst && (keepDims || axes == [1, 2])
      let layout: TFLiteReader.Layout = isImage ? .channelsFirst : .stored
      let x = try reader.real(node.input(0), layout)
      let op = Reduce(
        kind, axes: isImage ? axes.map { [0, 2, 3, 1][$0] } : axes, keepDims: keepDims)
      try reader.define(node.output(), reader.emit(op, x), keepDims ? layout : .stored)
    }
  }
}
