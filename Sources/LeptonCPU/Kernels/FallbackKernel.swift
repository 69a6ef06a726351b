import CLeptonKernels
import LeptonGraph
import LeptonValues

/// Runs an operation without a kernel by its reference kernel, as one step among the others.
enum FallbackKernel {
  static func lower(_ node: Node, _ plan: PlanBuilder) throws {
    let operandTypes = node.operands.map(plan.type(of:))
    let resultTypes = node.results.map(plan.type(of:))
    let reads = try node.operands.map { try plan.use($0) }
    let writes = node.results.map { plan.define($0, .plain(plan.type(of: $0))) }
    plan.add(
      Step(name: node.op.name, kernel: "reference", reads: reads, writes: writes) { binder in
        let call = ReferenceCall(node, operandTypes, resultTypes)
        binder.keep(call)
        for (position, slot) in reads.enumerated() {
          binder.bind(slot) { [unowned call] in call.operands[position] = $0 }
        }
        for (position, slot) in writes.enumerated() {
          binder.bind(slot) { [unowned call] in call.results[position] = $0 }
        }
        return lk_instruction(
          run: { context in
            Unmanaged<ReferenceCall>.fromOpaque(context!).takeUnretainedValue().run()
          }, context: Unmanaged.passUnretained(call).toOpaque())
      })
  }
}

/// One application of a reference kernel over memory of the plan.
final class ReferenceCall: RunCheck {
  private let node: Node
  private let operandTypes: [TensorType]
  private let resultTypes: [TensorType]
  var operands: [UnsafeMutableRawPointer?]
  var results: [UnsafeMutableRawPointer?]
  /// What the kernel threw in the last run.
  private(set) var failure: (any Error)?

  init(_ node: Node, _ operandTypes: [TensorType], _ resultTypes: [TensorType]) {
    self.node = node
    self.operandTypes = operandTypes
    self.resultTypes = resultTypes
    operands = Array(repeating: nil, count: operandTypes.count)
    results = Array(repeating: nil, count: resultTypes.count)
  }

  func run() {
    failure = nil
    let inputs = zip(operands, operandTypes).map { address, type in
      TensorData(bytes: UnsafeRawBufferPointer(start: address, count: type.byteCount), type: type)
    }
    do {
      for (data, address) in zip(try node.op.reference(inputs, resultTypes), results) {
        data.withUnsafeBytes { address!.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
      }
    } catch {
      failure = error
    }
  }
}
