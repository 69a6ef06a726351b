import CLeptonKernels
import LeptonGraph
import LeptonOps
import LeptonValues

/// A dense layer with constant weights and few rows by Lepton's own kernel. Before AVX-512 oneDNN 2 has only a general product
/// that packs the weights in every run.
struct DenseProduct {
  private var arguments = lk_dense()
  private let weights: Value
  private let bias: Value?

  /// nil where it is another product, or oneDNN's kernel is as quick: measured 1.0 to 1.4 times up to 256 rows, a tie at 2,048.
  init?(_ op: FusedMatMul, _ node: Node, _ plan: PlanBuilder) {
    let (x, w) = (plan.type(of: node.operands[0]), plan.type(of: node.operands[1]))
    weights = node.operands[1]
    bias = op.hasBias ? node.operands[2] : nil
    let columns = Int(LK_DENSE_COLUMNS)
    let rows = x.shape.dropLast().reduce(1, *)
    guard Processor.channelBlock == 8, plan.constant(weights) != nil,
      op.matmul == MatMul(transposeB: true), w.shape.rank == 2, w.shape[0] % columns == 0,
      ([x, w] + [bias].compactMap { $0.map(plan.type(of:)) }).allSatisfy({ $0.dtype == .f32 }),
      rows <= 512, op.activation == nil || op.activation == .relu
    else { return nil }
    arguments.rows = Int64(rows)
    arguments.depth = Int64(w.shape[1])
    arguments.outputs = Int64(w.shape[0])
    arguments.relu = op.activation == .relu
  }

  func lower(_ node: Node, name: String, _ plan: PlanBuilder) throws {
    let source = try plan.use(node.operands[0])
    let packed = try packedWeights(plan)
    let shift = try bias.map { try plan.use($0) }
    let result = plan.define(node.result, .plain(plan.type(of: node.result)))
    plan.add(
      Step(
        name: name, kernel: "lepton:dense", reads: [source, packed] + [shift].compactMap { $0 },
        writes: [result]
      ) { [arguments] binder in
        binder.kernel(lk_dense_run, arguments) { box, binder in
          binder.bind(source) { box.pointee.src = UnsafePointer($0.floats) }
          binder.bind(packed) { box.pointee.weights = UnsafePointer($0.floats) }
          if let shift { binder.bind(shift) { box.pointee.bias = UnsafePointer($0.floats) } }
          binder.bind(result) { box.pointee.dst = $0.floats }
        }
      })
  }

  /// [O, K] as [O / 16][K][16], made with the plan.
  private func packedWeights(_ plan: PlanBuilder) throws -> Slot.ID {
    let source = try plan.use(weights)
    let (depth, columns) = (arguments.depth, Int64(LK_DENSE_COLUMNS))
    var copy = lk_copy()
    copy.dims = 3
    copy.element_bytes = 4
    (copy.extents.0, copy.extents.1, copy.extents.2) = (
      arguments.outputs / columns, depth, columns
    )
    (copy.src_strides.0, copy.src_strides.1, copy.src_strides.2) = (columns * depth, 1, depth)
    (copy.dst_strides.0, copy.dst_strides.1, copy.dst_strides.2) = (columns * depth, columns, 1)
    return plan.makeConstant(byteCount: plan.type(of: weights).byteCount) { slot in
      Step(name: "pack", kernel: "lepton:copy", reads: [source], writes: [slot]) { [copy] binder in
        binder.kernel(lk_copy_run, copy) { box, binder in
          binder.bind(source) { box.pointee.src = UnsafeRawPointer($0) }
          binder.bind(slot) { box.pointee.dst = $0 }
        }
      }
    }
  }
}
