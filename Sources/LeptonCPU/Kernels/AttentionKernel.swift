import CLeptonKernels
import LeptonGraph
import LeptonOps
import LeptonValues

/// Attention head by head: scores, softmax and weighted sum stay in the first cache.
struct AttentionKernel: Kernel {
  static func lower(_ op: FusedAttention, _ node: Node, _ plan: PlanBuilder) throws -> Bool {
    let types = node.operands.map(plan.type(of:))
    let masks = Array(types.dropFirst(3))
    let result = plan.type(of: node.result)
    guard masks.count <= Int(LK_MAX_MASKS), op.result.permutation.last == 3,
      types.prefix(3).allSatisfy({ [.f32, .u8, .i8].contains($0.dtype) }),
      [.f32, .u8, .i8].contains(result.dtype), result.shape.elementCount > 0,
      masks.allSatisfy({ [.f32, .bool, .u8, .i8].contains($0.dtype) }),
      let programs = tilePrograms(op)
    else { return false }
    let query = Heads(types[0], op.query.permutation)
    let key = Heads(types[1], op.key.permutation)
    let value = Heads(types[2], op.value.permutation)

    var arguments = lk_attention()
    arguments.batch = Int64(query.extents[0])
    arguments.heads = Int64(query.extents[1])
    arguments.queries = Int64(query.extents[2])
    arguments.keys = Int64(key.extents[2])
    arguments.depth = Int64(query.extents[3])
    arguments.width = Int64(value.extents[3])
    arguments.mask_count = Int32(masks.count)
    arguments.threads = plan.threads
    (arguments.query, arguments.key, arguments.value) = (query.heads, key.heads, value.heads)
    arguments.result = Heads(result, Transpose(op.result.permutation).inverse.permutation).heads
    let scores = Shape([
      query.extents[0], query.extents[1], query.extents[2], key.extents[2],
    ])
    withElements(&arguments.masks, of: lk_heads.self) {
      for (position, mask) in masks.enumerated() {
        $0[position] = Heads(mask, broadcastTo: scores).heads
      }
    }
    (arguments.query_program, arguments.key_program, arguments.value_program) = (
      programs[0], programs[1], programs[2]
    )
    (arguments.scores, arguments.weights, arguments.after) = (
      programs[3], programs[4], programs[5]
    )

    let slots = try node.operands.map { try plan.use($0) }
    let target = plan.define(node.result, .plain(result))
    var step = Step(
      name: "attention", kernel: "lepton:attention", reads: slots, writes: [target]
    ) { [arguments] binder in
      binder.kernel(lk_attention_run, arguments) { box, binder in
        box.pointee.scratch = binder.scratch.floats
        binder.bind(slots[0]) { box.pointee.query.memory = UnsafeRawPointer($0) }
        binder.bind(slots[1]) { box.pointee.key.memory = UnsafeRawPointer($0) }
        binder.bind(slots[2]) { box.pointee.value.memory = UnsafeRawPointer($0) }
        for (position, slot) in slots.dropFirst(3).enumerated() {
          binder.bind(slot) { address in
            withElements(&box.pointee.masks, of: lk_heads.self) {
              $0[position].memory = UnsafeRawPointer(address)
            }
          }
        }
        binder.bind(target) { box.pointee.result.memory = UnsafeRawPointer($0) }
      }
    }
    step.scratchBytes = Int(lk_attention_scratch_bytes(&arguments))
    plan.add(step)
    return true
  }

  /// Of query, key, value, scores, weights and result; nil where one is too long for the kernel.
  private static func tilePrograms(_ op: FusedAttention) -> [lk_tile_program]? {
    let programs = [
      op.query.program, op.key.program, op.value.program, op.scores, op.weights,
      op.result.program,
    ].compactMap { tileProgram($0) }
    return programs.count == 6 ? programs : nil
  }

  private static func tileProgram(_ program: ScalarProgram) -> lk_tile_program? {
    guard let micro = MicroProgram(program), micro.steps.count <= Int(LK_MAX_ATTENTION_MICRO)
    else { return nil }
    var tile = lk_tile_program()
    tile.count = Int32(micro.steps.count)
    tile.source = micro.results[0]
    withElements(&tile.steps, of: lk_micro.self) { steps in
      for (position, step) in micro.steps.enumerated() { steps[position] = step }
    }
    return tile
  }
}

/// A row-major operand seen as `[batch, heads, rows, columns]`.
private struct Heads {
  let extents: [Int]
  private let strides: [Int]
  private let dtype: DType

  init(_ type: TensorType, _ permutation: [Int]) {
    extents = permutation.map { type.shape[$0] }
    strides = permutation.map { type.shape.strides[$0] }
    dtype = type.dtype
  }

  init(_ type: TensorType, broadcastTo shape: Shape) {
    let missing = shape.rank - type.shape.rank
    let own = type.shape.strides
    extents = shape.extents
    strides = shape.indices.map { axis in
      axis < missing || type.shape[axis - missing] == 1 ? 0 : own[axis - missing]
    }
    dtype = type.dtype
  }

  var heads: lk_heads {
    lk_heads(
      memory: nil, dtype: dtype.kernel!, batch: Int64(strides[0]), head: Int64(strides[1]),
      row: Int64(strides[2]), column: Int64(strides[3]))
  }
}
