import CLeptonKernels
import LeptonGraph
import LeptonOps
import LeptonValues

/// A max pooling of 8-bit activations. The kernel takes channels last; blocks of channels are as many images of a block's
/// channels each, and row-major planes images of one.
enum BytePool {
  /// False where it is another pooling.
  static func lower(_ op: MaxPool2D, _ node: Node, _ plan: PlanBuilder) throws -> Bool {
    let x = plan.type(of: node.operand)
    let y = plan.type(of: node.result)
    guard x.dtype == .u8 || x.dtype == .i8, op.dilation == [1, 1],
      (0..<2).allSatisfy({ axis in
        // The first and the last window hold some of the image.
        let last = (y.shape[axis + 2] - 1) * op.strides[axis] - op.padding[axis]
        return op.kernel[axis] > op.padding[axis] && last < x.shape[axis + 2]
      })
    else { return false }
    let format = plan.activationFormat(of: node.operand)
    let channels =
      switch format {
      case .channelsLast: x.shape[1]
      case .blocked: Processor.channelBlock
      default: 1
      }
    var arguments = lk_byte_pool()
    arguments.batch = Int64(x.shape[0] * ((x.shape[1] + channels - 1) / channels))
    arguments.channels = Int64(channels)
    arguments.in_height = Int64(x.shape[2])
    arguments.in_width = Int64(x.shape[3])
    arguments.out_height = Int64(y.shape[2])
    arguments.out_width = Int64(y.shape[3])
    arguments.kernel_height = Int64(op.kernel[0])
    arguments.kernel_width = Int64(op.kernel[1])
    arguments.stride_h = Int64(op.strides[0])
    arguments.stride_w = Int64(op.strides[1])
    arguments.pad_top = Int64(op.padding[0])
    arguments.pad_left = Int64(op.padding[1])
    arguments.dtype = x.dtype.kernel!
    let source = try plan.use(node.operand, .activation(x, format))
    let result = plan.define(node.result, .activation(y, format))
    plan.add(
      Step(name: op.name, kernel: "lepton:byte_pool", reads: [source], writes: [result]) {
        [arguments] binder in
        binder.kernel(lk_byte_pool_run, arguments) { box, binder in
          binder.bind(source) { box.pointee.src = UnsafeRawPointer($0) }
          binder.bind(result) { box.pointee.dst = $0 }
        }
      })
    return true
  }
}
