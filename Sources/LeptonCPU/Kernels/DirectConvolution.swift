import CLeptonKernels
import LeptonGraph
import LeptonOps
import LeptonValues

/// A convolution with constant weights by Lepton's own kernel of direct sums, which adds bias and residual and bounds the result
/// before it leaves the registers.
struct DirectConvolution {
  private var arguments = lk_direct_convolution()
  private let x: TensorType
  private let y: TensorType
  private let weights: Value
  private let bias: Value?
  private let residual: Value?

  /// nil where it is another convolution, or oneDNN's kernels are as quick: with AVX-512, and for sums of few terms. Measured on
  /// AVX2 with a batch of one: 1.0 to 1.2 times, the most where images are small or weights many, and 0.9 times below 32 terms.
  init?(_ op: FusedConv2D, _ node: Node, _ plan: PlanBuilder) {
    x = plan.type(of: node.operands[0])
    y = plan.type(of: node.result)
    weights = node.operands[1]
    bias = op.hasBias ? node.operands[2] : nil
    residual = op.hasResidual ? node.operands.last : nil
    let w = plan.type(of: weights)
    let others = [bias, residual].compactMap { $0.map(plan.type(of:)) }
    guard Processor.channelBlock == 8, plan.constant(weights) != nil, op.conv.groups == 1,
      ([x, w, y] + others).allSatisfy({ $0.dtype == .f32 }),
      x.shape[1] >= 8, w.shape.dropFirst().reduce(1, *) >= 32, y.shape[1] >= 16,
      y.shape[1] % 8 == 0, y.shape.elementCount > 0,
      x.shape[2] * x.shape[3] < 1 << 28, let bounds = op.activation.bounds()
    else { return nil }
    arguments.place(op.conv, x: x.shape, w: w.shape, y: y.shape)
    arguments.in_channels = Int64(x.shape[1])
    arguments.out_channels = Int64(y.shape[1])
    arguments.dilation_h = Int64(op.conv.dilation[0])
    arguments.dilation_w = Int64(op.conv.dilation[1])
    arguments.threads = plan.threads
    arguments.lower = bounds.lowerBound
    arguments.upper = bounds.upperBound
  }

  func lower(_ node: Node, name: String, _ plan: PlanBuilder) throws {
    let source = try plan.use(node.operands[0], .activation(x, .blocked))
    let packed = try packedWeights(plan)
    let shift = try bias.map { try plan.use($0) }
    let added = try residual.map { try plan.use($0, .activation(y, .blocked)) }
    let result = plan.define(node.result, .activation(y, .blocked))
    var arguments = arguments
    plan.add(
      Step(
        name: name, kernel: "lepton:direct",
        reads: [source, packed] + [shift, added].compactMap { $0 }, writes: [result],
        scratchBytes: Int(lk_direct_convolution_scratch_bytes(&arguments)),
        inPlace: added.map { [(result, $0)] } ?? []
      ) { [arguments] binder in
        let scratch = binder.scratch
        return binder.kernel(lk_direct_convolution_run, arguments) { box, binder in
          binder.bind(source) { box.pointee.src = UnsafePointer($0.floats) }
          binder.bind(packed) { box.pointee.weights = UnsafePointer($0.floats) }
          if let shift { binder.bind(shift) { box.pointee.bias = UnsafePointer($0.floats) } }
          if let added { binder.bind(added) { box.pointee.residual = UnsafePointer($0.floats) } }
          binder.bind(result) { box.pointee.dst = $0.floats }
          box.pointee.scratch = scratch
        }
      })
  }

  /// The constant in the kernel's order, made with the plan.
  private func packedWeights(_ plan: PlanBuilder) throws -> Slot.ID {
    let source = try plan.use(weights)
    var packing = lk_direct_weights()
    packing.out_channels = arguments.out_channels
    packing.in_channels = arguments.in_channels
    packing.taps = arguments.kernel_height * arguments.kernel_width
    return plan.makeConstant(byteCount: Int(lk_direct_weights_bytes(&packing))) { slot in
      Step(name: "pack", kernel: "lepton:direct", reads: [source], writes: [slot]) {
        [packing] binder in
        binder.kernel(lk_direct_weights_run, packing) { box, binder in
          binder.bind(source) { box.pointee.weights = UnsafePointer($0.floats) }
          binder.bind(slot) { box.pointee.dst = $0.floats }
        }
      }
    }
  }
}
