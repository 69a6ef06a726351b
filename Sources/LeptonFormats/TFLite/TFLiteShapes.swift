import LeptonGraph
import LeptonOps
import LeptonValues

/// What moves elements without changing them, and extents as numbers.
extension TFLiteOperators {
  static let shapes: [Int: (String, Reader)] = [
    22: (
      "RESHAPE",
      { node, reader in
        let shape =
          try node.optionalInput(1).map { try reader.ints($0, node, "new extents") }
          ?? node.options?.ints(0, of: Int32.self) ?? []
        try reader.reshape(node, shape)
      }
    ),
    43: (
      "SQUEEZE",
      { node, reader in
        let shape = reader.file.tensors[try node.input(0)].shape
        let axes = try node.options?.ints(0, of: Int32.self) ?? []
        let resolved = try axes.map { try reader.axis($0, of: shape.count, node) }
        let dropped = shape.indices.filter {
          resolved.isEmpty ? shape[$0] == 1 : resolved.contains($0)
        }
        try reader.reshape(node, shape.indices.filter { !dropped.contains($0) }.map { shape[$0] })
      }
    ),
    70: (
      "EXPAND_DIMS",
      { node, reader in
        var shape = reader.file.tensors[try node.input(0)].shape
        let axis = try reader.ints(node.input(1), node, "axes").first ?? 0
        shape.insert(1, at: try reader.axis(axis, of: shape.count + 1, node))
        try reader.reshape(node, shape)
      }
    ),
    39: (
      "TRANSPOSE",
      { node, reader in
        let order = try reader.ints(node.input(1), node, "axes")
        try reader.define(node.output(), reader.emit(Transpose(order), reader.real(node.input(0))))
      }
    ),
    2: (
      "CONCATENATION",
      { node, reader in
        let layout = reader.layout(of: node)
        let rank = reader.file.tensors[try node.output()].shape.count
        var axis = try reader.axis(node.options?.int(0) ?? 0, of: rank, node)
        if layout == .channelsFirst { axis = [0, 2, 3, 1][axis] }
        let operands = try node.inputs.indices.map { try reader.real(node.input($0), layout) }
        let value = try reader.emit(Concat(axis: axis), operands)
        try reader.define(
          node.output(), reader.activated(value, node.options?.byte(1) ?? 0, node), layout)
      }
    ),
    83: (
      "PACK",
      { node, reader in
        let rank = reader.file.tensors[try node.output()].shape.count
        let axis = try reader.axis(node.options?.int(1) ?? 0, of: rank, node)
        let operands = try node.inputs.indices.map { position in
          let x = try reader.real(node.input(position))
          var shape = reader.builder.shape(of: x).extents
          guard axis <= shape.count else { throw node.error("axis \(axis) of \(shape)") }
          shape.insert(1, at: axis)
          return try reader.emit(Reshape(shape), x)
        }
        try reader.define(node.output(), reader.emit(Concat(axis: axis), operands))
      }
    ),
    34: ("PAD", pad), 60: ("PADV2", pad),
    100: (
      "MIRROR_PAD",
      { node, reader in
        guard try node.options?.byte(0) ?? 0 == 0 else {
          throw node.error("symmetric padding is not supported", fix: "use reflect")
        }
        let (low, high) = try reader.paddings(node)
        let pad = Pad(low: low, high: high, mode: .reflect)
        try reader.define(node.output(), reader.emit(pad, reader.real(node.input(0))))
      }
    ),
    45: (
      "STRIDED_SLICE",
      { node, reader in
        guard let options = node.options, try options.int(2) == 0, try options.int(3) == 0 else {
          throw node.error("its ellipsis or new axes are not supported")
        }
        let x = try reader.real(node.input(0))
        let shape = reader.builder.shape(of: x)
        var starts = try reader.ints(node.input(1), node, "starts")
        var ends = try reader.ints(node.input(2), node, "ends")
        let steps = try reader.ints(node.input(3), node, "steps")
        guard starts.count == shape.rank, ends.count == shape.rank, steps.count == shape.rank,
          !steps.contains(0)
        else { throw node.error("starts \(starts), ends \(ends), steps \(steps) of \(shape)") }
        let (begins, stops, dropped) = (try options.int(0), try options.int(1), try options.int(4))
        for axis in shape.indices {
          if dropped >> axis & 1 == 1 {
            ends[axis] = starts[axis] == -1 ? .max : starts[axis] + 1
            continue
          }
          if begins >> axis & 1 == 1 { starts[axis] = steps[axis] > 0 ? 0 : .max }
          if stops >> axis & 1 == 1 { ends[axis] = steps[axis] > 0 ? .max : .min }
        }
        var y = try reader.emit(Slice(starts: starts, ends: ends, steps: steps), x)
        let kept = shape.indices.filter { dropped >> $0 & 1 == 0 }
        if kept.count < shape.rank {
          let result = reader.builder.shape(of: y)
          y = try reader.emit(Reshape(kept.map { result[$0] }), y)
        }
        try reader.define(node.output(), y)
      }
    ),
    65: (
      "SLICE",
      { node, reader in
        let x = try reader.real(node.input(0))
        let starts = try reader.ints(node.input(1), node, "starts")
        let sizes = try reader.ints(node.input(2), node, "sizes")
        guard starts.count == sizes.count, starts.allSatisfy({ $0 >= 0 }) else {
          throw node.error("starts \(starts) and sizes \(sizes)")
        }
        let ends = zip(starts, sizes).map { $1 < 0 ? Int.max : $0 + $1 }
        try reader.define(node.output(), reader.emit(Slice(starts: starts, ends: ends), x))
      }
    ),
    49: (
      "SPLIT",
      { node, reader in
        let x = try reader.real(node.input(1))
        let shape = reader.builder.shape(of: x)
        let axis = try reader.axis(
          reader.ints(node.input(0), node, "axes").first ?? 0, of: shape.rank, node)
        guard !node.outputs.isEmpty, shape[axis] % node.outputs.count == 0 else {
          throw node.error("\(shape[axis]) is not divided by \(node.outputs.count)")
        }
        let extent = shape[axis] / node.outputs.count
        for (index, output) in node.outputs.enumerated() {
          let range = (index * extent)..<((index + 1) * extent)
          try reader.define(output, reader.emit(Slice(range, axis: axis, rank: shape.rank), x))
        }
      }
    ),
    88: (
      "UNPACK",
      { node, reader in
        let x = try reader.real(node.input(0))
        let shape = reader.builder.shape(of: x)
        let axis = try reader.axis(node.options?.int(1) ?? 0, of: shape.rank, node)
        guard shape[axis] == node.outputs.count else {
          throw node.error("\(shape[axis]) parts have \(node.outputs.count) outputs")
        }
        for (index, output) in node.outputs.enumerated() {
          let part = try reader.emit(Slice(index..<(index + 1), axis: axis, rank: shape.rank), x)
          let extents = shape.indices.filter { $0 != axis }.map { shape[$0] }
          try reader.define(output, reader.emit(Reshape(extents), part))
        }
      }
    ),
    36: (
      "GATHER",
      { node, reader in
        guard try node.options?.int(1) ?? 0 == 0 else {
          throw node.error("its batch axes are not supported")
        }
        let axis = try node.options?.int(0) ?? 0
        let x = try reader.real(node.input(0))
        try reader.define(
          node.output(), reader.emit(Gather(axis: axis), x, reader.value(node.input(1))))
      }
    ),
    77: (
      "SHAPE",
      { node, reader in
        let x = try reader.value(node.input(0))
        let extents = reader.builder.shape(of: x).map(Double.init)
        let dtype = reader.file.tensors[try node.output()].type.dtype
        try reader.define(
          node.output(),
          raw: reader.emit(TensorData(extents, as: TensorType(dtype, [extents.count]))))
      }
    ),
    5: (
      "DEPTH_TO_SPACE",
      { node, reader in
        let block = try node.options?.int(0) ?? 0
        let x = try reader.real(node.input(0))
        let s = reader.builder.shape(of: x)
        guard s.rank == 4, (1...4096).contains(block), s[3] % (block * block) == 0 else {
          throw node.error("blocks of \(block) in \(s)")
        }
        let split = try reader.emit(Reshape([0, s[1], s[2], block, block, -1]), x)
        let moved = try reader.emit(Transpose([0, 1, 3, 2, 4, 5]), split)
        try reader.define(
          node.output(),
          reader.emit(Reshape([0, s[1] * block, s[2] * block, s[3] / (block * block)]), moved))
      }
    ),
    23: (
      "RESIZE_BILINEAR",
      { node, reader in
        try reader.resize(node, .linear, alignCorners: 2, halfPixel: 3)
      }
    ),
    97: (
      "RESIZE_NEAREST_NEIGHBOR",
      { node, reader in
        try reader.resize(node, .nearest, alignCorners: 0, halfPixel: 1)
      }
    ),
  ]

  private static let pad: Reader = { node, reader in
    let layout = reader.layout(of: node)
    var (low, high) = try reader.paddings(node)
    if layout == .channelsFirst {
      (low, high) = ([0, 3, 1, 2].map { low[$0] }, [0, 3, 1, 2].map { high[$0] })
    }
    var filling = 0.0
    if let index = node.optionalInput(2) {
      guard let value = try reader.constant(index), value.elementCount == 1 else {
        throw node.error("what it pads with is computed while the model runs")
      }
      filling = value.doubles[0]
      if let quantization = reader.file.tensors[index].quantization {
        filling = (filling - Double(quantization.zeros[0])) * Double(quantization.scales[0])
      }
    }
    let op = Pad(low: low, high: high, value: filling)
    try reader.define(node.output(), reader.emit(op, reader.real(node.input(0), layout)), layout)
  }
}

extension TFLiteReader {
  func axis(_ axis: Int, of rank: Int, _ node: TFLiteNode) throws -> Int {
    let resolved = axis < 0 ? axis + rank : axis
    guard (0..<rank).contains(resolved) else {
      throw node.error("there is no axis \(axis) of \(rank)")
    }
    return resolved
  }

  /// Extents may state the number of examples that the file was made with; it stays open where it was.
  fileprivate mutating func reshape(_ node: TFLiteNode, _ shape: [Int]) throws {
    let x = try real(node.input(0))
    var shape = shape
    guard shape.count <= 8, shape.allSatisfy({ $0 >= -1 }) else {
      throw node.error("the new extents are \(shape)")
    }
    let stated = file.tensors[try node.input(0)].shape
    if let first = shape.first, first == stated.first,
      first == 1 || first == builder.shape(of: x).first
    {
      shape[0] = 0
    }
    try define(node.output(), emit(Reshape(shape), x))
  }

  fileprivate func paddings(_ node: TFLiteNode) throws -> (low: [Int], high: [Int]) {
    let amounts = try ints(node.input(1), node, "paddings")
    let rank = file.tensors[try node.input(0)].shape.count
    guard amounts.count == 2 * rank, amounts.allSatisfy({ $0 >= 0 }) else {
      throw node.error("paddings \(amounts) of \(rank) axes")
    }
    return ((0..<rank).map { amounts[2 * $0] }, (0..<rank).map { amounts[2 * $0 + 1] })
  }

  fileprivate mutating func resize(
    _ node: TFLiteNode, _ mode: Resize2D.Mode, alignCorners: Int, halfPixel: Int
  ) throws {
    let size = try ints(node.input(1), node, "new extents")
    guard size.count == 2, size.allSatisfy({ (1...65_536).contains($0) }) else {
      throw node.error("the new extents are \(size)")
    }
    let coordinates: Resize2D.Coordinates =
      try node.options?.bool(alignCorners) ?? false
      ? .alignCorners : try node.options?.bool(halfPixel) ?? false ? .halfPixel : .asymmetric
    // The nearest element is the one before, or with half pixels and aligned corners the closer one.
    let rounding: Resize2D.Rounding =
      coordinates == .asymmetric ? .floor : .roundPreferCeil
    let op = Resize2D(mode: mode, coordinates: coordinates, rounding: rounding, size: size)
    let y = try emit(op, real(node.input(0), .channelsFirst))
    try define(node.output(), y, .channelsFirst)
  }
}
