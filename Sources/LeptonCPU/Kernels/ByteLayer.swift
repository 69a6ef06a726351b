import CLeptonKernels
import LeptonGraph
import LeptonOps
import LeptonValues

/// What Lepton's own 8-bit kernels share on a processor without 8-bit dot products: constant weights that are packed when the plan is
/// made, and what becomes of the sums.
struct ByteLayer {
  private(set) var result = lk_byte_result()
  /// Whether oneDNN's kernels compute the same.
  let suitsOneDNN: Bool
  private let weights: Value
  private var packing = lk_byte_weights()
  private let sums: RequantizedSums

  /// nil where weights are not constant, or the activation or the numbers are beyond the kernels.
  init?(
    sourceScale: Double, sourceZero: Int, _ activation: Activation?, _ result: Requantization,
    _ node: Node,
    _ plan: PlanBuilder
  ) {
    let source = plan.type(of: node.operands[0]).dtype
    weights = node.operands[1]
    let shape = plan.shape(of: weights)
    guard !Processor.multipliesInt8, lk_byte_product_available(),
      let data = plan.constant(weights), data.dtype == .i8,
      let scales = plan.constant(node.operands[2]), let bias = plan.constant(node.operands[3]),
      data.elementCount > 0, plan.shape(of: node.result).elementCount > 0,
      source == .u8 || source == .i8
    else { return nil }
    let isGelu = activation == .gelu(tanh: false)
    guard let bounds = result.bounds(isGelu ? nil : activation) else { return nil }
    let step = result.dtype == .f32 ? 1 : result.scale
    guard
      let sums = RequantizedSums(
        sourceScale: sourceScale, sourceZero: sourceZero, weights: data, scales: scales,
        bias: bias, unit: isGelu ? 1 : step),
      // Rounded results fit 32 bits, whatever the source holds.
      sums.largest < 0x1p30 * min(1, step)
    else { return nil }
    self.sums = sums
    packing.outputs = Int64(shape[0])
    packing.channels = Int64(shape[1])
    packing.height = shape.rank == 4 ? Int64(shape[2]) : 1
    packing.width = shape.rank == 4 ? Int64(shape[3]) : 1
    packing.src_dtype = source.kernel!
    packing.is_wide = !Self.pairsFit(data, packing)
    suitsOneDNN = data.suitsPairsOfBytes(isSignedImage: source == .i8 && shape.rank == 4)
    self.result.is_wide = packing.is_wide
    self.result.src_dtype = source.kernel!
    self.result.dtype = result.dtype.kernel!
    self.result.gelu = isGelu
    self.result.zero = Int32(result.zero)
    self.result.steps = Float(1 / step)
    self.result.lower = bounds.lowerBound
    self.result.upper = bounds.upperBound
  }

  private static func pairsFit(_ weights: TensorData, _ packing: lk_byte_weights) -> Bool {
    weights.withUnsafeBytes { bytes in
      var packing = packing
      packing.weights = bytes.bindMemory(to: Int8.self).baseAddress!
      return lk_byte_pairs_fit(&packing)
    }
  }

  /// Weights and scales as the kernels take them, made with the plan.
  func packed(_ plan: PlanBuilder) throws -> Slot.ID {
    let source = try plan.use(weights)
    let scales = plan.makeConstant(sums.scales)
    let byteCount = withUnsafePointer(to: packing) { Int(lk_byte_weights_bytes($0)) }
    return plan.makeConstant(byteCount: byteCount) { slot in
      Step(
        name: "pack", kernel: "lepton:byte_weights", reads: [source, scales], writes: [slot]
      ) { [packing] binder in
        binder.kernel(lk_byte_weights_run, packing) { box, binder in
          binder.bind(source) {
            box.pointee.weights = UnsafePointer($0.assumingMemoryBound(to: Int8.self))
          }
          binder.bind(scales) {
            box.pointee.scales = UnsafePointer($0.assumingMemoryBound(to: Int32.self))
          }
          binder.bind(slot) { box.pointee.packed = $0 }
        }
      }
    }
  }
}

extension TensorData {
  /// Whether oneDNN's kernels are exact with these i8 weights on a processor without 8-bit dot products: they add products with u8 in
  /// pairs in 16 bits, and shift signed images to unsigned ones, for which they halve the weights.
  package func suitsPairsOfBytes(isSignedImage: Bool) -> Bool {
    array(of: Int8.self).allSatisfy { (-64...64).contains($0) && (!isSignedImage || $0 % 2 == 0) }
  }
}
