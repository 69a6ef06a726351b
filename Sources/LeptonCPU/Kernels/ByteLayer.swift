import CLeptonKernels
import LeptonGraph
import LeptonOps
import LeptonValues

/// What Lepton's own 8-bit kernels share on a processor without 8-bit dot products: constant weights that are packed when the plan is
/// made, with their scales and bias, and what becomes of the sums.
struct ByteLayer {
  private(set) var result = lk_byte_result()
  private let weights: Value
  private let shape: Shape
  private let scale: TensorData
  private let bias: TensorData

  /// nil where weights are not constant, or the activation or the numbers are beyond the kernels.
  init?(
    sourceScale: Double, _ activation: Activation?, _ result: Requantization, _ node: Node,
    _ plan: PlanBuilder
  ) {
    let source = plan.type(of: node.operands[0]).dtype
    weights = node.operands[1]
    shape = plan.shape(of: weights)
    guard !Processor.multipliesInt8, lk_byte_product_available(),
      let data = plan.constant(weights), data.dtype == .i8,
      let scales = plan.constant(node.operands[2]), let bias = plan.constant(node.operands[3]),
      data.elementCount > 0, plan.shape(of: node.result).elementCount > 0,
      source == .u8 || source == .i8 && Self.pairsFit(data)
    else { return nil }
    let isGelu = activation == .gelu(tanh: false)
    guard let bounds = result.bounds(isGelu ? nil : activation) else { return nil }
    let step = result.dtype == .f32 ? 1 : Float(result.scale)
    let unit = isGelu ? 1 : step
    scale = TensorData(
      scales.floats.map { $0 * Float(sourceScale) / unit }, shape: scales.shape)
    self.bias = TensorData(bias.floats.map { $0 / unit }, shape: bias.shape)
    // Rounded results fit 32 bits, whatever the source holds.
    let largest = Float(data.elementCount / shape[0]) * 128 * 255
    guard
      zip(scale.floats, self.bias.floats).allSatisfy({
        abs($0 * largest) + abs($1) < 0x1p30 * min(1, step)
      })
    else { return nil }
    self.result.src_dtype = source.kernel!
    self.result.dtype = result.dtype.kernel!
    self.result.gelu = isGelu
    self.result.steps = 1 / step
    self.result.lower = bounds.lowerBound
    self.result.upper = bounds.upperBound
  }

  private static func pairsFit(_ weights: TensorData) -> Bool {
    weights.withUnsafeBytes {
      lk_byte_pairs_fit($0.bindMemory(to: Int8.self).baseAddress!, Int64($0.count))
    }
  }

  /// Weights, scales and bias as the kernels take them, made with the plan.
  func packed(_ plan: PlanBuilder) throws -> Slot.ID {
    let source = try plan.use(weights)
    let (scale, bias) = (plan.makeConstant(scale), plan.makeConstant(bias))
    var packing = lk_byte_weights()
    packing.outputs = Int64(shape[0])
    packing.channels = Int64(shape[1])
    packing.height = shape.rank == 4 ? Int64(shape[2]) : 1
    packing.width = shape.rank == 4 ? Int64(shape[3]) : 1
    packing.src_dtype = result.src_dtype
    return plan.makeConstant(byteCount: Int(lk_byte_weights_bytes(&packing))) { slot in
      Step(
        name: "pack", kernel: "lepton:byte_weights", reads: [source, scale, bias], writes: [slot]
      ) { [packing] binder in
        binder.kernel(lk_byte_weights_run, packing) { box, binder in
          binder.bind(source) {
            box.pointee.weights = UnsafePointer($0.assumingMemoryBound(to: Int8.self))
          }
          binder.bind(scale) { box.pointee.scale = UnsafePointer($0.floats) }
          binder.bind(bias) { box.pointee.bias = UnsafePointer($0.floats) }
          binder.bind(slot) { box.pointee.packed = $0 }
        }
      }
    }
  }
}
