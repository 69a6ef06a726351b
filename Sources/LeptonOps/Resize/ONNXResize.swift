import LeptonGraph
import LeptonValues

/// What a Resize or Upsample node of ONNX asks for, all axes counted.
struct ONNXResize {
  enum Placement {
    case whole(Resize2D.Coordinates)
    /// `tf_crop_and_resize`: of each axis a region, and the number that lies outside of the input.
    case cropping([(start: Double, end: Double)], outside: Double)
  }

  let shape: Shape
  let result: [Int]
  let scales: [Double]
  /// Whether the extents were given, and the scales follow from them: one by one, or one for all.
  private let isSized: Bool
  private let hasCommonScale: Bool
  let interpolation: Interpolation
  let placement: Placement

  /// Before version 11 there are no attributes but the mode: asymmetric, rounding down.
  init(_ node: ONNXNode, _ context: inout ONNXReadContext) throws {
    let isUpsample = node.opType == "Upsample"
    let isOld = node.opset < 11 || isUpsample
    let shape = context.builder.shape(of: try node.input(0))
    self.shape = shape
    interpolation = try Self.interpolation(node, isOld: isOld)

    let axes = try Self.axes(node, shape)
    // Version 10 has x and scales; later ones x, roi, scales and sizes.
    let factors = try Self.numbers(node, isOld ? 1 : 2, &context) ?? node.floats("scales") ?? []
    let sizes = isOld ? [] : try context.ints(node, input: 3) ?? []
    guard factors.isEmpty != sizes.isEmpty, [factors.count, sizes.count].contains(axes.count),
      factors.allSatisfy({ $0 > 0 && $0.isFinite }), sizes.allSatisfy({ $0 >= 0 })
    else {
      throw node.error("scales \(factors), sizes \(sizes) for \(axes.count) axes of \(shape)")
    }
    var (scales, result) = (shape.map { _ in 1.0 }, shape.extents)
    let policy = node.string("keep_aspect_ratio_policy", default: "stretch")
    guard let common = Self.ratio(policy, sizes, axes.map { shape[$0] }) else {
      throw node.error("keep_aspect_ratio_policy '\(policy)' is unknown")
    }
    for (index, axis) in axes.enumerated() {
      let extent = shape[axis]
      if sizes.isEmpty {
        scales[axis] = factors[index]
        // In single precision, as ONNX Runtime computes it: 5/3 of 3 are 5.
        result[axis] =
          Int(exactly: (Float(extent) * Float(factors[index])).rounded(.down)) ?? -1
      } else if policy == "stretch" {
        scales[axis] = Double(sizes[index]) / Double(extent)
        result[axis] = sizes[index]
      } else {
        scales[axis] = common
        result[axis] = Int(exactly: (common * Double(extent) + 0.5).rounded(.down)) ?? -1
      }
    }
    (self.scales, self.result) = (scales, result)
    isSized = !sizes.isEmpty
    hasCommonScale = isSized && policy != "stretch"
    guard result.allSatisfy({ $0 > 0 }), scales.allSatisfy({ $0.isFinite && $0 > 0 }) else {
      throw node.error("nothing is left of \(shape) at size \(result)")
    }
    placement = try Self.placement(node, axes, shape, isOld: isOld, &context)
    try checkSizes(node)
    try checkLengths(node)
  }

  /// The same as an operation along the last two axes, where it is one.
  func plane(_ dtype: DType) -> Resize2D? {
    guard dtype.isFloatingPoint, 3...4 ~= shape.rank, !interpolation.antialias,
      !interpolation.excludesOutside, case .whole(let coordinates) = placement,
      zip(shape, result).prefix(2).allSatisfy(==), scales[..<2].allSatisfy({ $0 == 1 }),
      !hasCommonScale
    else { return nil }
    let mode: Resize2D.Mode
    var rounding = Resize2D.Rounding.roundPreferFloor
    switch interpolation.kernel {
    case .nearest(let given): (mode, rounding) = (.nearest, given)
    case .linear: mode = .linear
    case .cubic: return nil
    }
    let lines = shape.rank == 3
    return isSized
      ? Resize2D(
        mode: mode, coordinates: coordinates, rounding: rounding,
        size: (lines ? [1] : []) + result[2...])
      : Resize2D(
        mode: mode, coordinates: coordinates, rounding: rounding,
        scales: (lines ? [1] : []) + scales[2...])
  }

  /// How an axis is resampled, nil where it stays as it is.
  func axis(_ axis: Int) -> ResizeAxis? {
    let (input, result, scale) = (shape[axis], result[axis], scales[axis])
    switch placement {
    case .whole(let coordinates):
      if input == result, scale == 1 { return nil }
      return ResizeAxis(
        interpolation, coordinates, input: input, result: result, scale: scale)
    case .cropping(let regions, _):
      if input == result, scale == 1, regions[axis] == (0, 1) { return nil }
      return ResizeAxis(
        interpolation, cropping: regions[axis], input: input, result: result, scale: scale)
    }
  }

  /// A matrix of weights is made of every axis that changes.
  private func checkSizes(_ node: ONNXNode) throws {
    for axis in shape.indices where result[axis] != shape[axis] {
      let reach = interpolation.antialias ? max(1, 1 / scales[axis]) : 1
      guard result[axis] <= AxisMap.mostElements / max(shape[axis], 1), reach < 65536 else {
        throw node.error("resizing \(shape) to \(result) is not supported")
      }
    }
  }

  /// Where first falls on first and last on last, a length that is not whole has no last element:
  /// ONNX's own cases count with that length, ONNX Runtime and PyTorch with the one rounded down.
  private func checkLengths(_ node: ONNXNode) throws {
    if case .whole(let coordinates) = placement, coordinates != .alignCorners { return }
    for (axis, extent) in shape.enumerated() {
      let length = scales[axis] * Double(extent)
      guard abs(length - Double(result[axis])) <= 1e-5 * length else {
        throw node.error(
          "\(extent) elements resized by \(scales[axis]), first on first and last on last, are not "
            + "supported", fix: "give the size of the result instead")
      }
    }
  }
}

extension ONNXResize {
  private static func interpolation(_ node: ONNXNode, isOld: Bool) throws -> Interpolation {
    let mode = node.string("mode", default: "nearest")
    let kernel: Interpolation.Kernel
    switch mode {
    case "nearest":
      let name = node.string("nearest_mode", default: isOld ? "floor" : "round_prefer_floor")
      guard let rounding = Resize2D.Rounding.allCases.first(where: { $0.onnxName == name }) else {
        throw node.error("nearest_mode '\(name)' is unknown")
      }
      kernel = .nearest(rounding)
    case "linear", "bilinear": kernel = .linear
    case "cubic": kernel = .cubic(a: node.float("cubic_coeff_a", default: -0.75))
    default:
      throw node.error("mode '\(mode)' is not supported", fix: "nearest, linear and cubic are")
    }
    let antialias = node.int("antialias", default: 0) != 0
    if antialias, mode == "nearest" { throw node.error("the nearest element has no antialias") }
    return Interpolation(
      kernel, antialias: antialias, excludesOutside: node.int("exclude_outside", default: 0) != 0)
  }

  private static func axes(_ node: ONNXNode, _ shape: Shape) throws -> [Int] {
    let axes = try (node.ints("axes") ?? Array(shape.indices)).map { given in
      guard let axis = shape.axis(given) else { throw node.error("\(shape) has no axis \(given)") }
      return axis
    }
    guard Set(axes).count == axes.count else { throw node.error("axes \(axes) repeat themselves") }
    return axes
  }

  private static func numbers(
    _ node: ONNXNode, _ position: Int, _ context: inout ONNXReadContext
  ) throws -> [Double]? {
    guard let value = node.optionalInput(position) else { return nil }
    return try context.constant(value, of: node).doubles
  }

  /// The factor that all axes have in common; nil for an unknown policy.
  private static func ratio(_ policy: String, _ sizes: [Int], _ extents: [Int]) -> Double? {
    let ratios = zip(sizes, extents).map { Double($0) / Double($1) }
    return switch policy {
    case "stretch": 1
    case "not_larger": ratios.min() ?? 1
    case "not_smaller": ratios.max() ?? 1
    default: nil
    }
  }

  private static func placement(
    _ node: ONNXNode, _ axes: [Int], _ shape: Shape, isOld: Bool, _ context: inout ONNXReadContext
  ) throws -> Placement {
    let name = node.string(
      "coordinate_transformation_mode", default: isOld ? "asymmetric" : "half_pixel")
    if name == "tf_crop_and_resize" {
      guard let roi = try numbers(node, 1, &context), roi.count == 2 * axes.count,
        roi.allSatisfy(\.isFinite)
      else { throw node.error("the roi does not have two numbers for each of \(axes.count) axes") }
      var regions = shape.map { _ in (start: 0.0, end: 1.0) }
      for (index, axis) in axes.enumerated() {
        regions[axis] = (roi[index], roi[axes.count + index])
      }
      return .cropping(regions, outside: node.float("extrapolation_value", default: 0))
    }
    guard let coordinates = Resize2D.Coordinates.allCases.first(where: { $0.onnxName == name })
    else { throw node.error("coordinate_transformation_mode '\(name)' is not supported") }
    return .whole(coordinates)
  }
}
