import CLeptonKernels
import LeptonGraph
import LeptonOps
import LeptonValues

/// A product of f32 matrices by Lepton's own kernel: dense layers and their gradients. It reads rows as they lie and packs
/// columns, once where they are constant; weights stay row-major.
struct DenseProduct {
  private var arguments = lk_gemm()
  private let a: Value
  private let b: Value
  private let bias: Value?

  /// nil where it is another product, or oneDNN's kernel is as quick.
  init?(_ op: FusedMatMul, _ node: Node, _ plan: PlanBuilder) {
    a = node.operands[0]
    b = node.operands[1]
    bias = op.hasBias ? node.operands[2] : nil
    guard node.operands.allSatisfy({ plan.type(of: $0).dtype == .f32 }),
      let (activation, low, high) = Self.activation(op.activation),
      let (left, right) = Self.matrices(op.matmul, plan.shape(of: a), plan.shape(of: b)),
      Self.isPlain(b, plan)
    else { return nil }
    arguments.rows = Int64(left.rows)
    arguments.depth = Int64(left.columns)
    arguments.columns = Int64(right.columns)
    arguments.a = left.strides
    arguments.b = right.strides
    arguments.activation = activation
    arguments.low = low
    arguments.high = high
    arguments.threads = plan.threads
    guard gains(packsOnce: packsOnce(plan), weights: plan.shape(of: b), batch: arguments.rows)
    else { return nil }
  }

  /// The gradient of weights [O, K], and that of the bias where the node has two results, from g [N, O] and x [N, K].
  init?(weightGradient node: Node, _ plan: PlanBuilder) {
    a = node.operands[0]
    b = node.operands[1]
    bias = nil
    guard node.operands.allSatisfy({ plan.type(of: $0).dtype == .f32 }),
      plan.shape(of: a).rank == 2, plan.shape(of: b).rank == 2,
      plan.updatedWeight(by: node.results[0]).map({ Self.isPlain($0, plan) }) ?? true
    else { return nil }
    let (g, x) = (
      Matrix(plan.shape(of: a), transposed: true), Matrix(plan.shape(of: b), transposed: false)
    )
    arguments.rows = Int64(g.rows)
    arguments.depth = Int64(g.columns)
    arguments.columns = Int64(x.columns)
    arguments.a = g.strides
    arguments.b = x.strides
    arguments.threads = plan.threads
    guard
      gains(packsOnce: false, weights: plan.shape(of: node.results[0]), batch: arguments.depth)
    else { return nil }
  }

  // MARK: Choice

  /// By the shape alone, so that the choice, and with it every bit of the result, is the same in every run.
  ///
  /// Measured on one core beside oneDNN 2.6's kernels before AVX-512: with packed columns 1.02 to 1.13 times on 64 rows, 1.0
  /// to 1.05 on 2,048. Else a tie, but for the gradients of weights [512 n, 128...256], 1.2 to 2.3 times: the rows that are
  /// read lie whole sets of the first cache apart. The other passes of such layers come along, since the three share one
  /// layout of the weights.
  private func gains(packsOnce: Bool, weights: Shape, batch: Int64) -> Bool {
    guard Processor.channelBlock == 8, min(arguments.rows, arguments.columns) > 0,
      arguments.depth > 0
    else { return false }
    if packsOnce { return arguments.columns >= 16 }
    return batch >= 256 && weights[0] % 512 == 0 && (128...256).contains(weights[1])
  }

  private func packsOnce(_ plan: PlanBuilder) -> Bool { plan.constant(b) != nil }

  /// Whether nobody has asked for a weight in another layout.
  private static func isPlain(_ value: Value, _ plan: PlanBuilder) -> Bool {
    plan.weightLayout(value).map { $0 == .plain(plan.type(of: value)) } ?? true
  }

  /// nil for activations that the kernel does not know.
  private static func activation(
    _ activation: Activation?
  ) -> (lk_activation, low: Float, high: Float)? {
    switch activation {
    case nil: (LK_ACTIVATION_NONE, 0, 0)
    case .relu: (LK_ACTIVATION_CLAMP, 0, .infinity)
    case .clip(let low, let high): (LK_ACTIVATION_CLAMP, Float(low), Float(high))
    case .sigmoid: (LK_ACTIVATION_SIGMOID, 0, 0)
    case .tanh: (LK_ACTIVATION_TANH, 0, 0)
    case .gelu(let tanh): (tanh ? LK_ACTIVATION_GELU_TANH : LK_ACTIVATION_GELU_ERF, 0, 0)
    case .silu: (LK_ACTIVATION_SILU, 0, 0)
    case .hardSwish, .leakyRelu: nil
    }
  }

  /// The operands as one product, where rows of all matrices of `a` lie one after the other; nil for batches of products.
  private static func matrices(_ op: MatMul, _ a: Shape, _ b: Shape) -> (a: Matrix, b: Matrix)? {
    guard b.rank == 2, a.rank == 2 || !op.transposeA else { return nil }
    var left = Matrix(a, transposed: op.transposeA)
    left.rows *= a.dropLast(2).reduce(1, *)
    return (left, Matrix(b, transposed: op.transposeB))
  }

  // MARK: Steps

  /// Results: the product, and the sums of the rows of `a` where the node has two.
  func lower(_ node: Node, name: String, _ plan: PlanBuilder) throws {
    var arguments = arguments
    let left = try plan.use(a)
    let isPacked = packsOnce(plan)
    let right = isPacked ? try packedColumns(plan) : try plan.use(b)
    let shift = try bias.map { try plan.use($0) }
    let results = node.results.map { plan.define($0, .plain(plan.type(of: $0))) }
    // The size depends on what is packed and summed; any address will do.
    arguments.packed = isPacked ? .init(bitPattern: 1) : nil
    arguments.row_sums = results.count == 2 ? .init(bitPattern: 1) : nil
    plan.add(
      Step(
        name: name, kernel: "lepton:gemm", reads: [left, right] + [shift].compactMap { $0 },
        writes: results, scratchBytes: Int(lk_gemm_scratch_bytes(&arguments))
      ) { [arguments] binder in
        let scratch = binder.scratch
        return binder.kernel(lk_gemm_run, arguments) { box, binder in
          box.pointee.scratch = scratch.floats
          binder.bind(left) { box.pointee.a.memory = UnsafePointer($0.floats) }
          binder.bind(right) {
            if isPacked {
              box.pointee.packed = UnsafePointer($0.floats)
            } else {
              box.pointee.b.memory = UnsafePointer($0.floats)
            }
          }
          if let shift { binder.bind(shift) { box.pointee.bias = UnsafePointer($0.floats) } }
          binder.bind(results[0]) { box.pointee.dst = $0.floats }
          if results.count == 2 { binder.bind(results[1]) { box.pointee.row_sums = $0.floats } }
        }
      })
  }

  /// Constant columns, packed with the plan.
  private func packedColumns(_ plan: PlanBuilder) throws -> Slot.ID {
    let source = try plan.use(b)
    var pack = lk_gemm_pack()
    pack.depth = arguments.depth
    pack.columns = arguments.columns
    pack.b = arguments.b
    let count = Int(lk_gemm_pack_count(&pack))
    return plan.makeConstant(byteCount: count * MemoryLayout<Float>.size) { slot in
      Step(name: "pack", kernel: "lepton:gemm", reads: [source], writes: [slot]) { [pack] binder in
        binder.kernel(lk_gemm_pack_run, pack) { box, binder in
          binder.bind(source) { box.pointee.b.memory = UnsafePointer($0.floats) }
          binder.bind(slot) { box.pointee.packed = $0.floats }
        }
      }
    }
  }
}

/// The last two axes of a row-major operand.
private struct Matrix {
  var rows: Int
  let columns: Int
  let strides: lk_matrix

  init(_ shape: Shape, transposed: Bool) {
    let (outer, inner) = (shape[shape.rank - 2], shape[shape.rank - 1])
    rows = transposed ? inner : outer
    columns = transposed ? outer : inner
    strides = lk_matrix(
      memory: nil, row: transposed ? 1 : Int64(inner), column: transposed ? Int64(inner) : 1)
  }
}
