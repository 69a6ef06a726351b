import CLeptonKernels
import LeptonGraph
import LeptonOps
import LeptonValues

/// A convolution of 8-bit activations with constant weights by Lepton's own kernel, channels last.
struct ByteConvolution {
  private var arguments = lk_byte_convolution()
  private let layer: ByteLayer

  /// nil where it is another convolution, or oneDNN has to do it.
  init?(_ op: QuantizedConv2D, _ node: Node, _ plan: PlanBuilder) {
    let x = plan.shape(of: node.operands[0])
    let y = plan.shape(of: node.result)
    let weights = plan.shape(of: node.operands[1])
    // With fewer channels most of a segment would be filling. Columns of the kernel beside the image are skipped by oneDNN
    // alone, which on small images saves more than its kernels lose: a tie at twelve columns with one of padding on either side.
    let paddedColumns = op.conv.padding[1] + op.conv.padding[3]
    let isQuicker = x[1] % 4 == 0 && (paddedColumns == 0 || paddedColumns * 6 <= y[3])
    guard op.conv.groups == 1, op.conv.dilation == [1, 1],
      let layer = ByteLayer(
        sourceScale: op.sourceScale, sourceZero: op.sourceZero, op.activation, op.result, node,
        plan),
      isQuicker || !layer.suitsOneDNN
    else { return nil }
    self.layer = layer
    arguments.place(op.conv, x: x, w: weights, y: y)
    arguments.channels = Int64(x[1])
    arguments.outputs = Int64(y[1])
    arguments.result = layer.result
  }

  func lower(_ node: Node, _ plan: PlanBuilder) throws {
    let (x, y) = (plan.type(of: node.operands[0]), plan.type(of: node.result))
    let source = try plan.use(node.operands[0], .activation(x, .channelsLast))
    let weights = try layer.packed(plan)
    let result = plan.define(node.result, .activation(y, .channelsLast))
    var step = Step(
      name: "conv2d_int8", kernel: "lepton:byte_convolution", reads: [source, weights],
      writes: [result]
    ) { [arguments] binder in
      binder.kernel(lk_byte_convolution_run, arguments) { box, binder in
        binder.bind(source) { box.pointee.src = UnsafeRawPointer($0) }
        binder.bind(weights) { box.pointee.weights = UnsafeRawPointer($0) }
        binder.bind(result) { box.pointee.dst = $0 }
        box.pointee.scratch = binder.scratch.assumingMemoryBound(to: UInt8.self)
      }
    }
    step.scratchBytes = withUnsafePointer(to: arguments) {
      Int(lk_byte_convolution_scratch($0, lk_threads_available()))
    }
    plan.add(step)
  }
}
