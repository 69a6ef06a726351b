public import LeptonGraph
import LeptonValues

extension Resize2D {
  public static let onnxReaders: [String: ONNXReader] = [
    "Resize": { node, context in
      guard node.ints("axes") == nil, node.int("antialias", default: 0) == 0,
        node.string("keep_aspect_ratio_policy", default: "stretch") == "stretch"
      else {
        throw node.error("axes, antialias and keep_aspect_ratio_policy are not supported")
      }
      // Version 10 has x and scales; later ones x, roi, scales and sizes.
      let scales = node.opset < 11 ? 1 : 2
      return try context.resize(node, scales: scales, sizes: 3)
    },
    "Upsample": { node, context in
      if let scales = node.floats("scales") { return try context.resize(node, by: scales) }
      return try context.resize(node, scales: 1, sizes: nil)
    },
  ]

  public func writeONNX(_ node: Node, _ writer: inout ONNXWriter) throws {
    var inputs = [writer.name(of: node.operand), ""]
    if let factors = onnxScales(writer.type(of: node.operand).shape) {
      inputs.append(
        writer.constant(TensorData([1, 1] + factors, shape: [4]), named: "scales"))
    } else {
      let extents = writer.type(of: node.result).shape.extents.map { Int64($0) }
      inputs += ["", writer.constant(TensorData(extents, shape: [4]), named: "sizes")]
    }
    writer.emit(
      "Resize", inputs, [writer.name(of: node.result)],
      [
        "mode": .string(mode.rawValue),
        "coordinate_transformation_mode": .string(coordinates.onnxName),
        "nearest_mode": .string(rounding.onnxName),
      ])
  }
}

extension Resize2D {
  /// The factors as ONNX stores them, which hold for every batch where sizes do not; nil where
  /// single precision would move an element.
  private func onnxScales(_ input: Shape) -> [Float]? {
    if let scales { return scales.map { Float($0) } }
    guard let size else { return nil }
    let ratios = zip(size, input[2...])
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
  fileprivate var onnxName: String {
    switch self {
    case .halfPixel: "half_pixel"
    case .pytorchHalfPixel: "pytorch_half_pixel"
    case .asymmetric: "asymmetric"
    case .alignCorners: "align_corners"
    }
  }
}

extension Resize2D.Rounding {
  fileprivate var onnxName: String {
    switch self {
    case .floor: "floor"
    case .ceil: "ceil"
    case .roundPreferFloor: "round_prefer_floor"
    case .roundPreferCeil: "round_prefer_ceil"
    }
  }
}

extension ONNXReadContext {
  fileprivate mutating func resize(
    _ node: ONNXNode, scales: Int, sizes: Int?
  ) throws -> [Value] {
    if let value = node.optionalInput(scales) {
      let factors = try constant(value, of: node).doubles
      if !factors.isEmpty { return try resize(node, by: factors) }
    }
    guard let sizes, let extents = try ints(node, input: sizes), !extents.isEmpty else {
      throw node.error("neither scales nor sizes are given")
    }
    let x = try node.input(0)
    let shape = builder.shape(of: x)
    guard 3...4 ~= shape.rank, extents.count == shape.rank, extents[0] == shape[0],
      extents[1] == shape[1]
    else {
      throw node.error("sizes \(extents) change more than the spatial axes of \(shape)")
    }
    let (mode, coordinates, rounding) = try resizeAttributes(node)
    let op = Resize2D(
      mode: mode, coordinates: coordinates, rounding: rounding,
      size: Array(repeating: 1, count: 4 - shape.rank) + extents[2...])
    return [try unlift(builder.add(one: op, lift(x, node)), like: x)]
  }

  fileprivate mutating func resize(_ node: ONNXNode, by factors: [Double]) throws -> [Value] {
    let x = try node.input(0)
    let rank = builder.shape(of: x).rank
    guard 3...4 ~= rank, factors.count == rank, factors[0] == 1, factors[1] == 1 else {
      throw node.error("scales \(factors) change more than the spatial axes")
    }
    let (mode, coordinates, rounding) = try resizeAttributes(node)
    let op = Resize2D(
      mode: mode, coordinates: coordinates, rounding: rounding,
      scales: Array(repeating: 1, count: 4 - rank) + factors[2...])
    return [try unlift(builder.add(one: op, lift(x, node)), like: x)]
  }

  /// Before version 11 there are no attributes but the mode: asymmetric, rounding down.
  private func resizeAttributes(
    _ node: ONNXNode
  ) throws -> (Resize2D.Mode, Resize2D.Coordinates, Resize2D.Rounding) {
    let isOld = node.opset < 11 || node.opType == "Upsample"
    let mode = node.string("mode", default: "nearest")
    let coordinates = node.string(
      "coordinate_transformation_mode", default: isOld ? "asymmetric" : "half_pixel")
    let rounding = node.string("nearest_mode", default: isOld ? "floor" : "round_prefer_floor")
    guard let mode = Resize2D.Mode(rawValue: mode == "bilinear" ? "linear" : mode) else {
      throw node.error("mode '\(mode)' is not supported", fix: "nearest and linear are")
    }
    guard
      let coordinates = Resize2D.Coordinates.allCases.first(where: { $0.onnxName == coordinates })
    else {
      throw node.error("coordinate_transformation_mode '\(coordinates)' is not supported")
    }
    guard let rounding = Resize2D.Rounding.allCases.first(where: { $0.onnxName == rounding }) else {
      throw node.error("nearest_mode '\(rounding)' is unknown")
    }
    return (mode, coordinates, rounding)
  }
}
