import CLeptonKernels
import LeptonGraph
import LeptonOps
import LeptonValues

struct GatherNDKernel: Kernel {
  static func lower(_ op: GatherND, _ node: Node, _ plan: PlanBuilder) throws -> Bool {
    let (data, indices) = (plan.type(of: node.operands[0]), plan.type(of: node.operands[1]))
    var arguments = lk_gather_nd()
    guard let tuples = lk_index_tuples(data, indices, op.batchDims) else { return false }
    arguments.tuples = tuples
    let source = try plan.use(node.operands[0])
    let index = try plan.use(node.operands[1])
    let result = plan.define(node.result, .plain(plan.type(of: node.result)))
    plan.add(
      Step(name: "gather_nd", kernel: "lepton:gather_nd", reads: [source, index], writes: [result])
      { [arguments] binder in
        let check = IndexCheck(node, "gatherNd", data, indices, op.batchDims)
        binder.keep(check)
        return binder.kernel(lk_gather_nd_run, arguments) { box, binder in
          box.pointee.errors = check.count
          binder.bind(source) { box.pointee.src = UnsafeRawPointer($0) }
          binder.bind(index) {
            box.pointee.tuples.indices = UnsafePointer($0.assumingMemoryBound(to: Int64.self))
          }
          binder.bind(result) { box.pointee.dst = $0 }
        }
      })
    return true
  }
}

/// Replacement of any elements, addition of f32; the reference does the rest.
struct ScatterNDKernel: Kernel {
  static func lower(_ op: ScatterND, _ node: Node, _ plan: PlanBuilder) throws -> Bool {
    let (data, indices) = (plan.type(of: node.operands[0]), plan.type(of: node.operands[1]))
    let adds = op.reduction == .add
    var arguments = lk_scatter_nd()
    guard op.reduction == .none || adds && data.dtype == .f32,
      let tuples = lk_index_tuples(data, indices, op.batchDims)
    else { return false }
    arguments.tuples = tuples
    arguments.bytes = Int64(data.byteCount)
    arguments.adds = adds ? 1 : 0
    let source = try plan.use(node.operands[0])
    let index = try plan.use(node.operands[1])
    let updates = try plan.use(node.operands[2])
    let result = plan.define(node.result, .plain(data))
    plan.add(
      Step(
        name: "scatter_nd", kernel: "lepton:scatter_nd", reads: [source, index, updates],
        writes: [result]
      ) { [arguments] binder in
        let check = IndexCheck(node, "scatterNd", data, indices, op.batchDims)
        binder.keep(check)
        return binder.kernel(lk_scatter_nd_run, arguments) { box, binder in
          box.pointee.errors = check.count
          binder.bind(source) { box.pointee.src = UnsafeRawPointer($0) }
          binder.bind(index) {
            box.pointee.tuples.indices = UnsafePointer($0.assumingMemoryBound(to: Int64.self))
          }
          binder.bind(updates) { box.pointee.updates = UnsafeRawPointer($0) }
          binder.bind(result) { box.pointee.dst = $0 }
        }
      })
    return true
  }
}

extension lk_index_tuples {
  /// nil for tuples longer than the kernel takes.
  fileprivate init?(_ data: TensorType, _ indices: TensorType, _ batchDims: Int) {
    guard let length = indices.shape.extents.last, length <= Int(LK_MAX_TUPLE) else { return nil }
    self.init()
    let indexed = data.shape[batchDims..<batchDims + length]
    self.length = Int32(length)
    count = Int64(indices.shape.dropLast().reduce(1, *))
    tuples_per_batch = Int64(indices.shape.dropLast().dropFirst(batchDims).reduce(1, *))
    blocks_per_batch = Int64(indexed.reduce(1, *))
    block_bytes = Int64(
      data.shape.dropFirst(batchDims + length).reduce(1, *) * data.dtype.byteCount)
    withUnsafeMutableBytes(of: &extents) { copyIn(Array(indexed), $0) }
  }
}

extension IndexCheck {
  fileprivate convenience init(
    _ node: Node, _ op: String, _ data: TensorType, _ indices: TensorType, _ batchDims: Int
  ) {
    let length = indices.shape.extents.last ?? 0
    let ranges = data.shape[batchDims..<batchDims + length].map { "\(-$0) to \($0 - 1)" }
    self.init(node.name.isEmpty ? op : node.name, range: ranges.joined(separator: ", "))
  }
}
