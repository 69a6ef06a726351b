import CLeptonKernels
import LeptonGraph
import LeptonOps
import LeptonValues

/// A product of 8-bit activations and constant weights by Lepton's own kernel: a dense layer, or a convolution that sees one pixel
/// at a time.
struct ByteProduct {
  private var arguments = lk_byte_product()
  private let layer: ByteLayer

  /// nil where oneDNN has to do it.
  init?(_ op: QuantizedDense, _ node: Node, _ plan: PlanBuilder) {
    guard
      let layer = ByteLayer(
        sourceScale: op.sourceScale, sourceZero: op.sourceZero, op.activation, op.result, node,
        plan)
    else { return nil }
    self.init(layer, node, plan)
  }

  /// nil where it is another convolution, or oneDNN has to do it.
  init?(_ op: QuantizedConv2D, _ node: Node, _ plan: PlanBuilder) {
    guard op.conv.groups == 1, op.conv.strides == [1, 1],
      op.conv.padding.allSatisfy({ $0 == 0 }),
      plan.shape(of: node.operands[1]).dropFirst(2).allSatisfy({ $0 == 1 }),
      let layer = ByteLayer(
        sourceScale: op.sourceScale, sourceZero: op.sourceZero, op.activation, op.result, node,
        plan)
    else { return nil }
    self.init(layer, node, plan)
  }

  private init(_ layer: ByteLayer, _ node: Node, _ plan: PlanBuilder) {
    self.layer = layer
    let weights = plan.shape(of: node.operands[1])
    arguments.outputs = Int64(weights[0])
    arguments.depth = Int64(weights[1])
    arguments.rows = Int64(plan.shape(of: node.operands[0]).elementCount / weights[1])
    arguments.result = layer.result
  }

  func lower(_ node: Node, name: String, _ plan: PlanBuilder) throws {
    let (x, y) = (plan.type(of: node.operands[0]), plan.type(of: node.result))
    let isImage = node.op is QuantizedConv2D
    let source = try plan.use(node.operands[0], isImage ? .activation(x, .channelsLast) : .plain(x))
    let weights = try layer.packed(plan)
    let result = plan.define(node.result, isImage ? .activation(y, .channelsLast) : .plain(y))
    var step = Step(
      name: name, kernel: "lepton:byte_product", reads: [source, weights], writes: [result]
    ) { [arguments] binder in
      binder.kernel(lk_byte_product_run, arguments) { box, binder in
        binder.bind(source) { box.pointee.src = UnsafeRawPointer($0) }
        binder.bind(weights) { box.pointee.weights = UnsafeRawPointer($0) }
        binder.bind(result) { box.pointee.dst = $0 }
        box.pointee.scratch = binder.scratch.assumingMemoryBound(to: UInt8.self)
      }
    }
    step.scratchBytes = withUnsafePointer(to: arguments) {
      Int(lk_byte_product_scratch($0, lk_threads_available()))
    }
    plan.add(step)
  }
}
