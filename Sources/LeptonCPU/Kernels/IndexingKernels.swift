import CLeptonKernels
import LeptonGraph
import LeptonOps
import LeptonValues

struct GatherKernel: Kernel {
  static func lower(_ op: Gather, _ node: Node, _ plan: PlanBuilder) throws -> Bool {
    let (data, indices) = (plan.type(of: node.operands[0]), plan.type(of: node.operands[1]))
    guard let axis = data.shape.axis(op.axis) else { return false }
    var arguments = lk_gather()
    arguments.outer = Int64(data.shape.prefix(axis).reduce(1, *))
    arguments.axis = Int64(data.shape[axis])
    arguments.inner = Int64(data.shape.dropFirst(axis + 1).reduce(1, *))
    arguments.count = Int64(indices.shape.elementCount)
    arguments.element_bytes = Int32(data.dtype.byteCount)
    arguments.index_dtype = indices.dtype.kernel!
    let source = try plan.use(node.operands[0])
    let index = try plan.use(node.operands[1])
    let result = plan.define(node.result, .plain(plan.type(of: node.result)))
    plan.add(
      Step(name: "gather", kernel: "lepton:gather", reads: [source, index], writes: [result]) {
        [arguments] binder in
        let check = IndexCheck(
          node.name.isEmpty ? "gather" : node.name,
          range: "\(-arguments.axis) to \(arguments.axis - 1)")
        binder.keep(check)
        return binder.kernel(lk_gather_run, arguments) { box, binder in
          box.pointee.errors = check.count
          binder.bind(source) { box.pointee.src = UnsafeRawPointer($0) }
          binder.bind(index) { box.pointee.indices = UnsafeRawPointer($0) }
          binder.bind(result) { box.pointee.dst = $0 }
        }
      })
    return true
  }
}

struct ScatterAddKernel: Kernel {
  static func lower(_ op: ScatterAdd, _ node: Node, _ plan: PlanBuilder) throws -> Bool {
    let result = plan.type(of: node.result)
    guard result.dtype == .f32, let rows = result.shape.first else { return false }
    let indices = plan.type(of: node.operands[0])
    var arguments = lk_scatter_add()
    arguments.axis = Int64(rows)
    arguments.inner = Int64(result.shape.dropFirst().reduce(1, *))
    arguments.count = Int64(indices.shape.elementCount)
    arguments.index_dtype = indices.dtype.kernel!
    let index = try plan.use(node.operands[0])
    let source = try plan.use(node.operands[1])
    let target = plan.define(node.result, .plain(result))
    plan.add(
      Step(
        name: "scatter_add", kernel: "lepton:scatter_add", reads: [index, source], writes: [target]
      ) {
        [arguments] binder in
        binder.kernel(lk_scatter_add_run, arguments) { box, binder in
          binder.bind(index) { box.pointee.indices = UnsafeRawPointer($0) }
          binder.bind(source) {
            box.pointee.src = UnsafePointer($0.assumingMemoryBound(to: Float.self))
          }
          binder.bind(target) { box.pointee.dst = $0.assumingMemoryBound(to: Float.self) }
        }
      })
    return true
  }
}

struct RandomUniformKernel: Kernel {
  static func lower(_ op: RandomUniform, _ node: Node, _ plan: PlanBuilder) throws -> Bool {
    let type = plan.type(of: node.result)
    var arguments = lk_random_uniform()
    arguments.count = Int64(type.shape.elementCount)
    arguments.stream = UInt32(truncatingIfNeeded: op.stream)
    let key = try plan.use(node.operand)
    let result = plan.define(node.result, .plain(type))
    plan.add(
      Step(name: "random_uniform", kernel: "lepton:philox", reads: [key], writes: [result]) {
        [arguments] binder in
        binder.kernel(lk_random_uniform_run, arguments) { box, binder in
          binder.bind(key) {
            box.pointee.key = UnsafePointer($0.assumingMemoryBound(to: Int64.self))
          }
          binder.bind(result) { box.pointee.dst = $0.assumingMemoryBound(to: Float.self) }
        }
      })
    return true
  }
}
