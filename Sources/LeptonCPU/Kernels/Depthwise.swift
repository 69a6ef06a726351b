import CLeptonKernels
import LeptonGraph
import LeptonOps
import LeptonValues

/// A depthwise convolution of f32 by Lepton's own kernel, on processors with eight floats to a register, at the sizes that it
/// has tiles for. It takes the layouts of oneDNN's.
struct Depthwise {
  private var arguments = lk_depthwise()

  /// nil where it is another convolution, or lies otherwise.
  init?(
    _ op: FusedConv2D, _ node: Node, source: Layout, weights: Layout, destination: Layout,
    _ plan: PlanBuilder
  ) {
    let x = plan.type(of: node.operands[0])
    let w = plan.type(of: node.operands[1])
    let y = plan.type(of: node.result)
    let block = Processor.channelBlock
    guard block == 8, lk_depthwise_available(), !op.hasResidual,
      node.operands.allSatisfy({ plan.type(of: $0).dtype == .f32 }), y.dtype == .f32,
      op.conv.groups == x.shape[1], y.shape[1] == x.shape[1], x.shape[1] % block == 0,
      op.conv.dilation == [1, 1],
      source.format == .blocked, destination.format == .blocked,
      weights.tag == "Abcde8a", let bounds = op.activation.bounds()
    else { return nil }
    arguments.place(op.conv, x: x.shape, w: w.shape, y: y.shape)
    arguments.channels = Int64(x.shape[1])
    arguments.lower = bounds.lowerBound
    arguments.upper = bounds.upperBound
    guard withUnsafePointer(to: arguments, lk_depthwise_is_quick) else { return nil }
  }

  func step(
    _ name: String, source: Slot.ID, weights: Slot.ID, bias: Slot.ID?, result: Slot.ID,
    _ plan: PlanBuilder
  ) -> Step {
    let zeros = plan.makeConstant(
      TensorData(zeros: TensorType(.f32, [Int(arguments.in_width) * Processor.channelBlock])))
    return Step(
      name: name, kernel: "lepton:depthwise",
      reads: [source, weights, zeros] + (bias.map { [$0] } ?? []), writes: [result]
    ) { [arguments] binder in
      binder.kernel(lk_depthwise_run, arguments) { box, binder in
        binder.bind(source) { box.pointee.src = UnsafePointer($0.floats) }
        binder.bind(weights) { box.pointee.weights = UnsafePointer($0.floats) }
        binder.bind(zeros) { box.pointee.zeros = UnsafePointer($0.floats) }
        if let bias { binder.bind(bias) { box.pointee.bias = UnsafePointer($0.floats) } }
        binder.bind(result) { box.pointee.dst = $0.floats }
      }
    }
  }
}
