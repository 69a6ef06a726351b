public import LeptonGraph
import LeptonValues

extension Resize2D {
  public static let onnxReaders: [String: ONNXReader] = [
    "Resize": readResize, "Upsample": readResize,
  ]

  private static let readResize: ONNXReader = { node, context in
    let rule = try ONNXResize(node, &context)
    let x = try node.input(0)
    let dtype = context.dtype(of: x)
    if dtype == .u8 || dtype == .i8, case .linear = rule.interpolation.kernel {
      // Whole numbers of the mixture, as ONNX Runtime takes them.
      var real = node
      real.inputs[0] = try context.cast(x, to: .f32)
      return try readResize(real, &context).map { try context.cast($0, to: dtype) }
    }
    if let op = rule.plane(context.builder.dtype(of: x)) {
      let y = try context.builder.add(one: op, context.lift(x, node))
      return [try context.unlift(y, like: x)]
    }
    return [try context.resized(x, rule, node)]
  }

  public func writeONNX(_ node: Node, _ writer: inout ONNXWriter) throws {
    var inputs = [""]
    if let factors = onnxScales(writer.type(of: node.operand).shape) {
      inputs.append(
        writer.constant(TensorData([1, 1] + factors, shape: [4]), named: "scales"))
    } else {
      let (from, to) = (FollowingExtent.of(operand: 0, axis: 0), writer.type(of: node.result).shape)
      inputs += ["", writer.extents([from] + to[1...].map { .number($0) }, of: node)]
    }
    try emitONNX(node, inputs, &writer)
  }

  /// Writes a Resize of the first operand with the inputs behind it: region, scales, sizes.
  func emitONNX(_ node: Node, _ inputs: [String], _ writer: inout ONNXWriter) throws {
    writer.emit(
      "Resize", [writer.name(of: node.operand)] + inputs, [writer.name(of: node.result)],
      [
        "mode": .string(mode.rawValue),
        "coordinate_transformation_mode": .string(coordinates.onnxName),
        "nearest_mode": .string(rounding.onnxName),
      ], since: coordinates == .halfPixelSymmetric ? 19 : 13)
  }

  /// The factors as ONNX stores them, which hold for every batch where sizes do not; nil where
  /// single precision would move an element.
  private func onnxScales(_ input: Shape) -> [Float]? {
    if let scales, coordinates != .alignCorners { return scales.map { Float($0) } }
    guard let extents = try? axes(input).map(\.result) else { return nil }
    let ratios = zip(extents, input[2...])
    let factors = ratios.map { result, extent in
      // The nearest factor from above: the extent that follows is rounded down.
      let nearest = Float(result) / Float(extent)
      return Double(nearest) * Double(extent) < Double(result) ? nearest.nextUp : nearest
    }
    let holds = zip(factors, ratios).allSatisfy { factor, extents in
      mode == .linear || Double(factor) == Double(extents.0) / Double(extents.1)
    }
    return holds ? factors : nil
  }
}

extension Resize2D.Coordinates {
  var onnxName: String {
    switch self {
    case .halfPixel: "half_pixel"
    case .pytorchHalfPixel: "pytorch_half_pixel"
    case .asymmetric: "asymmetric"
    case .alignCorners: "align_corners"
    case .halfPixelSymmetric: "half_pixel_symmetric"
    }
  }
}

extension Resize2D.Rounding {
  var onnxName: String {
    switch self {
    case .floor: "floor"
    case .ceil: "ceil"
    case .roundPreferFloor: "round_prefer_floor"
    case .roundPreferCeil: "round_prefer_ceil"
    }
  }
}
