import CLeptonKernels
import LeptonGraph
import LeptonOps
import LeptonValues

/// A product of activations and constant weights in 8 bits by Lepton's own kernel, on a processor without 8-bit dot products:
/// a dense layer, or a convolution that sees one pixel at a time.
struct ByteProduct {
  private var arguments = lk_byte_product()
  private let weights: Value
  private let scale: TensorData
  private let bias: TensorData

  init?(_ op: QuantizedDense, _ node: Node, _ plan: PlanBuilder) {
    self.init(
      rows: plan.shape(of: node.operands[0]).dropLast().reduce(1, *), op.sourceScale,
      op.activation, op.result, node, plan)
  }

  init?(_ op: QuantizedConv2D, _ node: Node, _ plan: PlanBuilder) {
    let x = plan.shape(of: node.operands[0])
    guard op.conv.groups == 1, op.conv.strides == [1, 1],
      op.conv.padding.allSatisfy({ $0 == 0 }),
      plan.shape(of: node.operands[1]).dropFirst(2).allSatisfy({ $0 == 1 })
    else { return nil }
    self.init(
      rows: x[0] * x[2] * x[3], op.sourceScale, op.activation, op.result, node, plan)
  }

  /// nil where it is another product.
  private init?(
    rows: Int, _ sourceScale: Double, _ activation: Activation?, _ result: Requantization,
    _ node: Node, _ plan: PlanBuilder
  ) {
    let source = plan.type(of: node.operands[0]).dtype
    guard !Processor.multipliesInt8, lk_byte_product_available(),
      let data = plan.constant(node.operands[1]), data.dtype == .i8,
      let scales = plan.constant(node.operands[2]), let bias = plan.constant(node.operands[3]),
      rows > 0, data.elementCount > 0
    else { return nil }
    let isGelu = activation == .gelu(tanh: false)
    guard let bounds = result.bounds(isGelu ? nil : activation) else { return nil }
    let (outputs, depth) = (data.shape[0], data.elementCount / data.shape[0])
    guard source == .u8 || source == .i8 && Self.pairsFit(data, outputs, depth) else { return nil }

    let step = result.dtype == .f32 ? 1 : Float(result.scale)
    let unit = isGelu ? 1 : step
    self.scale = TensorData(
      scales.floats.map { $0 * Float(sourceScale) / unit }, shape: scales.shape)
    self.bias = TensorData(bias.floats.map { $0 / unit }, shape: bias.shape)
    let largest = Float(depth) * 128 * 255
    guard
      zip(self.scale.floats, self.bias.floats).allSatisfy({
        abs($0 * largest) + abs($1) < 0x1p30 * min(1, step)
      })
    else { return nil }
    weights = node.operands[1]
    arguments.rows = Int64(rows)
    arguments.depth = Int64(depth)
    arguments.outputs = Int64(outputs)
    arguments.src_dtype = source.kernel!
    arguments.dst_dtype = result.dtype.kernel!
    arguments.gelu = isGelu
    arguments.steps = 1 / step
    arguments.lower = bounds.lowerBound
    arguments.upper = bounds.upperBound
  }

  private static func pairsFit(_ weights: TensorData, _ outputs: Int, _ depth: Int) -> Bool {
    weights.withUnsafeBytes {
      lk_byte_pairs_fit(
        $0.bindMemory(to: Int8.self).baseAddress!, Int64(outputs), Int64(depth))
    }
  }

  func lower(_ node: Node, name: String, _ plan: PlanBuilder) throws {
    let (x, y) = (plan.type(of: node.operands[0]), plan.type(of: node.result))
    let isImage = node.op is QuantizedConv2D
    let source = try plan.use(node.operands[0], isImage ? .activation(x, .channelsLast) : .plain(x))
    let packed = try packedWeights(plan)
    let result = plan.define(node.result, isImage ? .activation(y, .channelsLast) : .plain(y))
    plan.add(
      Step(name: name, kernel: "lepton:byte_product", reads: [source, packed], writes: [result]) {
        [arguments] binder in
        binder.kernel(lk_byte_product_run, arguments) { box, binder in
          binder.bind(source) { box.pointee.src = UnsafeRawPointer($0) }
          binder.bind(packed) { box.pointee.weights = UnsafeRawPointer($0) }
          binder.bind(result) { box.pointee.dst = $0 }
        }
      })
  }

  /// Weights, scales and bias as the kernel takes them, made with the plan.
  private func packedWeights(_ plan: PlanBuilder) throws -> Slot.ID {
    let source = try plan.use(weights)
    let (scale, bias) = (plan.makeConstant(scale), plan.makeConstant(bias))
    var packing = lk_byte_product_weights()
    packing.depth = arguments.depth
    packing.outputs = arguments.outputs
    packing.src_dtype = arguments.src_dtype
    return plan.makeConstant(byteCount: Int(lk_byte_product_weights_bytes(&packing))) { slot in
      Step(
        name: "pack", kernel: "lepton:byte_product_weights", reads: [source, scale, bias],
        writes: [slot]
      ) { [packing] binder in
        binder.kernel(lk_byte_product_weights_run, packing) { box, binder in
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
