import CLeptonKernels
import LeptonGraph
import LeptonOps
import LeptonValues

/// An 8-bit depthwise convolution on a processor without 8-bit dot products, where oneDNN has no kernel of its own for it.
package struct ByteDepthwise {
  /// Of kernels.
  package static let largestHeight = Int(LK_BYTE_DEPTHWISE_HEIGHT)

  private var arguments = lk_byte_depthwise()
  private let packed: TensorData

  /// nil where it is another convolution.
  init?(_ op: QuantizedConv2D, _ node: Node, _ plan: PlanBuilder) {
    let x = plan.type(of: node.operands[0])
    let y = plan.type(of: node.result)
    guard !Processor.multipliesInt8, lk_byte_depthwise_available(),
      op.conv.groups == x.shape[1], y.shape[1] == x.shape[1], op.conv.dilation == [1, 1],
      x.shape.elementCount > 0, y.shape.elementCount > 0,
      x.dtype == .u8 || x.dtype == .i8, y.dtype == .u8 || y.dtype == .i8,
      let weights = plan.constant(node.operands[1]),
      weights.shape[2] <= Self.largestHeight,
      let scales = plan.constant(node.operands[2]), let bias = plan.constant(node.operands[3]),
      let bounds = op.result.bounds(op.activation)
    else { return nil }
    arguments.place(op.conv, x: x.shape, w: weights.shape, y: y.shape)
    arguments.channels = Int64(x.shape[1])
    arguments.src_dtype = x.dtype.kernel!
    arguments.dst_dtype = y.dtype.kernel!
    arguments.lower = Int32(bounds.lowerBound)
    arguments.upper = Int32(bounds.upperBound)
    arguments.zero = Int32(op.result.zero)
    guard
      let sums = RequantizedSums(
        sourceScale: op.sourceScale, sourceZero: op.sourceZero, weights: weights, scales: scales,
        bias: bias, unit: op.result.scale),
      // Results are rounded to 32 bits before they are clamped.
      sums.largest < 0x1p30
    else { return nil }
    packed = Self.pack(arguments, weights, sums.scales)
  }

  func lower(_ node: Node, _ plan: PlanBuilder) throws {
    let source = try plan.use(
      node.operands[0], .activation(plan.type(of: node.operands[0]), .channelsLast))
    let weights = plan.makeConstant(packed)
    let result = plan.define(node.result, .activation(plan.type(of: node.result), .channelsLast))
    var step = Step(
      name: "conv2d_int8", kernel: "lepton:byte_depthwise", reads: [source, weights],
      writes: [result]
    ) { [arguments] binder in
      binder.kernel(lk_byte_depthwise_run, arguments) { box, binder in
        binder.bind(source) { box.pointee.src = UnsafeRawPointer($0) }
        binder.bind(weights) { box.pointee.weights = UnsafeRawPointer($0) }
        binder.bind(result) { box.pointee.dst = $0 }
        box.pointee.scratch = binder.scratch.assumingMemoryBound(to: UInt8.self)
      }
    }
    step.scratchBytes = withUnsafePointer(to: arguments) {
      Int(lk_byte_depthwise_scratch($0, lk_threads_available()))
    }
    plan.add(step)
  }

  private static func pack(
    _ arguments: lk_byte_depthwise, _ weights: TensorData, _ scales: TensorData
  ) -> TensorData {
    let (weights, scales) = (weights.array(of: Int8.self), scales.array(of: Int32.self))
    return withUnsafePointer(to: arguments) { arguments in
      let count = Int(lk_byte_depthwise_packed_bytes(arguments))
      var packed = TensorData(zeros: TensorType(.u8, [count]))
      packed.withUnsafeMutableBytes {
        lk_byte_depthwise_pack(arguments, weights, scales, $0.baseAddress!)
      }
      return packed
    }
  }
}
