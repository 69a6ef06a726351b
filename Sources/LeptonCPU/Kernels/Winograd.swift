import CLeptonKernels
import LeptonGraph
import LeptonOps
import LeptonRuntime
import LeptonValues

/// The three passes of a 3x3 convolution by Lepton's own kernels for Winograd's F(4x4, 3x3): a quarter of the products, some
/// of which the transforms of inputs, weights and results cost again.
struct Winograd {
  private let shape: lk_winograd_shape
  private let x: TensorType
  private let y: TensorType

  /// nil where direct kernels are as quick, or oneDNN's are Winograd's themselves.
  init?(
    _ pass: ConvolutionTask.Pass, _ conv: Conv2D, x: TensorType, w: TensorType, y: TensorType,
    _ plan: PlanBuilder
  ) {
    guard !Processor.hasWinograd, Self.applies(conv, x, w, y) else { return nil }
    let task = ConvolutionTask(
      pass, input: x, weights: w.shape, strides: conv.strides, padding: conv.padding,
      dilation: conv.dilation, groups: conv.groups, threads: Int(plan.threads))
    let gains = Self.gains(x, y, hasTransformedWeights: pass == .inference)
    guard plan.takesWinograd(task, byShape: gains) else { return nil }
    self.init(conv, x, y, plan)
  }

  /// The same for inference, where constant weights are transformed once, when the plan is made.
  init?(
    inference conv: Conv2D, x: TensorType, w: Value, y: TensorType, _ plan: PlanBuilder
  ) {
    self.init(
      plan.constant(w) == nil ? .forward : .inference, conv, x: x, w: plan.type(of: w), y: y, plan)
  }

  private init(_ conv: Conv2D, _ x: TensorType, _ y: TensorType, _ plan: PlanBuilder) {
    self.x = x
    self.y = y
    shape = lk_winograd_shape(
      batch: Int64(x.shape[0]), in_channels: Int64(x.shape[1]), in_height: Int64(x.shape[2]),
      in_width: Int64(x.shape[3]), out_channels: Int64(y.shape[1]),
      out_height: Int64(y.shape[2]), out_width: Int64(y.shape[3]),
      pad_top: Int64(conv.padding[0]), pad_left: Int64(conv.padding[1]),
      block: Int32(Processor.channelBlock), threads: plan.threads)
  }

  /// Whether the kernels can do it. Channels come in panels of two vectors.
  private static func applies(
    _ conv: Conv2D, _ x: TensorType, _ w: TensorType, _ y: TensorType
  ) -> Bool {
    let panel = 2 * Processor.channelBlock
    return [x, w, y].allSatisfy { $0.dtype == .f32 && !$0.shape.extents.contains(0) }
      && w.shape[2] == 3 && w.shape[3] == 3 && conv.groups == 1
      && conv.strides == [1, 1] && conv.dilation == [1, 1] && conv.padding.allSatisfy { $0 <= 2 }
      && x.shape[1] % panel == 0 && y.shape[1] % panel == 0
  }

  /// Whether they are quicker, by the shape alone.
  ///
  /// Measured: 1.6 to 3 times from 32 tiles on, of which at most half lie beyond the edge; 0.5 to 0.9 times on 16, where
  /// the transform of the weights takes longer than the products. Without it 1.6 to 2.9 times from four tiles on,
  /// 0.6 to 0.8 times on one.
  private static func gains(
    _ x: TensorType, _ y: TensorType, hasTransformedWeights: Bool
  ) -> Bool {
    let tiles = x.shape[0] * ((y.shape[2] + 3) / 4) * ((y.shape[3] + 3) / 4)
    return x.shape[1] >= 16 && y.shape[1] >= 16
      && tiles >= (hasTransformedWeights ? 4 : 32)
      && 2 * x.shape[0] * y.shape[2] * y.shape[3] >= 16 * tiles
  }

  // MARK: Passes

  /// False where the epilogue is none of the kernels'.
  func lowerForward(
    _ op: FusedConv2D, name: String, _ node: Node, _ plan: PlanBuilder
  ) throws -> Bool {
    guard op.activation == nil || op.activation == .relu else { return false }
    let (x, w) = (node.operands[0], node.operands[1])
    let bias = op.hasBias ? node.operands[2] : nil
    if let bias, plan.type(of: bias).dtype != .f32 { return false }

    var arguments = lk_winograd()
    arguments.shape = shape
    arguments.relu = op.activation == .relu
    let source = try plan.use(x, .activation(self.x, .blocked))
    let shift = try bias.map { try plan.use($0) }
    let isConstant = plan.constant(w) != nil
    let weights = isConstant ? try transformed(w, plan) : try plan.use(w)
    let layout = Layout.activation(y, .blocked)
    let residual = op.hasResidual ? try plan.use(node.operands.last!, layout) : nil
    let result = plan.define(node.result, layout)
    plan.add(
      step(
        name, arguments, source: source, weights: weights, isTransformed: isConstant, bias: shift,
        residual: residual, result: result))
    return true
  }

  func lowerInputGradient(_ node: Node, _ plan: PlanBuilder) throws {
    let (w, g) = (node.operands[0], node.operands[1])
    var arguments = lk_winograd()
    arguments.transposed = true
    arguments.shape = lk_winograd_shape(
      batch: shape.batch, in_channels: shape.out_channels, in_height: shape.out_height,
      in_width: shape.out_width, out_channels: shape.in_channels, out_height: shape.in_height,
      out_width: shape.in_width, pad_top: 2 - shape.pad_top, pad_left: 2 - shape.pad_left,
      block: shape.block, threads: shape.threads)
    let source = try plan.use(g, .activation(y, .blocked))
    let weights = try plan.use(w)
    let result = plan.define(node.result, .activation(x, .blocked))
    plan.add(
      step("conv2d_input_gradient", arguments, source: source, weights: weights, result: result))
  }

  /// Results: the gradient of the weights, and that of the bias where the node has two.
  func lowerWeightGradient(_ node: Node, _ plan: PlanBuilder) throws {
    var arguments = lk_winograd_gradient()
    arguments.shape = shape
    let source = try plan.use(node.operands[0], .activation(x, .blocked))
    let gradient = try plan.use(node.operands[1], .activation(y, .blocked))
    let results = node.results.map { plan.define($0, .plain(plan.type(of: $0))) }
    // The size depends on whether there is a bias; any address will do.
    arguments.bias = results.count == 2 ? .init(bitPattern: 1) : nil
    plan.add(
      Step(
        name: "conv2d_weight_gradient", kernel: Self.kernel, reads: [source, gradient],
        writes: results, scratchBytes: Int(lk_winograd_gradient_scratch_bytes(&arguments))
      ) { [arguments] binder in
        let scratch = binder.scratch
        return binder.kernel(lk_winograd_gradient_run, arguments) { box, binder in
          binder.bind(source) { box.pointee.src = Self.floats($0) }
          binder.bind(gradient) { box.pointee.gradient = Self.floats($0) }
          binder.bind(results[0]) { box.pointee.weights = Self.mutableFloats($0) }
          if results.count == 2 {
            binder.bind(results[1]) { box.pointee.bias = Self.mutableFloats($0) }
          }
          box.pointee.scratch = Self.mutableFloats(scratch)
        }
      })
  }

  // MARK: Steps

  private static let kernel = "lepton:winograd"

  private func step(
    _ name: String, _ arguments: lk_winograd, source: Slot.ID, weights: Slot.ID,
    isTransformed: Bool = false, bias: Slot.ID? = nil, residual: Slot.ID? = nil, result: Slot.ID
  ) -> Step {
    var arguments = arguments
    // The size depends on whether the weights are transformed; any address will do.
    arguments.prepared = isTransformed ? .init(bitPattern: 1) : nil
    return Step(
      name: name, kernel: Self.kernel,
      reads: [source, weights] + [bias, residual].compactMap { $0 }, writes: [result],
      scratchBytes: Int(lk_winograd_scratch_bytes(&arguments)),
      inPlace: residual.map { [(result, $0)] } ?? []
    ) { [arguments] binder in
      let scratch = binder.scratch
      return binder.kernel(lk_winograd_run, arguments) { box, binder in
        binder.bind(source) { box.pointee.src = Self.floats($0) }
        binder.bind(weights) {
          if isTransformed {
            box.pointee.prepared = Self.floats($0)
          } else {
            box.pointee.weights = Self.floats($0)
          }
        }
        if let bias { binder.bind(bias) { box.pointee.bias = Self.floats($0) } }
        if let residual { binder.bind(residual) { box.pointee.residual = Self.floats($0) } }
        binder.bind(result) { box.pointee.dst = Self.mutableFloats($0) }
        box.pointee.scratch = Self.mutableFloats(scratch)
      }
    }
  }

  /// The constant's transform, made with the plan.
  private func transformed(_ w: Value, _ plan: PlanBuilder) throws -> Slot.ID {
    let source = try plan.use(w)
    var arguments = lk_winograd_weights()
    arguments.out_channels = shape.out_channels
    arguments.in_channels = shape.in_channels
    arguments.block = shape.block
    let bytes = Int(lk_winograd_weights_bytes(&arguments))
    return plan.makeConstant(byteCount: bytes) { slot in
      Step(name: "transform", kernel: Self.kernel, reads: [source], writes: [slot]) {
        [arguments] binder in
        binder.kernel(lk_winograd_weights_run, arguments) { box, binder in
          binder.bind(source) { box.pointee.weights = Self.floats($0) }
          binder.bind(slot) { box.pointee.dst = Self.mutableFloats($0) }
        }
      }
    }
  }

  private static func floats(_ address: UnsafeMutableRawPointer) -> UnsafePointer<Float> {
    UnsafePointer(address.assumingMemoryBound(to: Float.self))
  }

  private static func mutableFloats(
    _ address: UnsafeMutableRawPointer
  ) -> UnsafeMutablePointer<Float> {
    address.assumingMemoryBound(to: Float.self)
  }
}
