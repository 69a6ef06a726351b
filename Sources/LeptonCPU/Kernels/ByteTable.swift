import CLeptonKernels
import LeptonGraph
import LeptonOps
import LeptonValues

/// An elementwise program over one operand of bytes has 256 results: they are computed once, when the plan is made, and looked
/// up in every run.
struct ByteTable {
  private let operand: TensorType
  private let result: TensorType

  /// A table of floats is read one by one, which takes as long as about this many steps.
  private static let stepsWorthFloats = 8

  /// nil for other programs, and where computing is as quick.
  init?(_ program: ScalarProgram, _ node: Node, _ plan: PlanBuilder) {
    guard node.operands.count == 1, node.results.count == 1 else { return nil }
    operand = plan.type(of: node.operand)
    result = plan.type(of: node.result)
    guard [.u8, .i8].contains(operand.dtype), operand.shape == result.shape,
      operand.shape.elementCount > 1024
    else { return nil }
    switch result.dtype {
    case .u8, .i8: break
    case .f32 where program.steps.count { $0.op != .constant } >= Self.stepsWorthFloats: break
    default: return nil
    }
  }

  /// - Parameter arguments: the program over all elements.
  func add(
    name: String, _ arguments: lk_elementwise, count: Int, _ read: Slot.ID, _ write: Slot.ID,
    _ plan: PlanBuilder
  ) {
    let bytes = plan.makeConstant(
      TensorData((0..<256).map { Double(signed($0)) }, as: TensorType(operand.dtype, [256])))
    var program = arguments
    program.dims = 1
    program.extents.0 = 256
    program.operands.0.strides.0 = 1
    let size = result.dtype.byteCount
    let table = plan.makeConstant(byteCount: 256 * size) { table in
      Step(name: "table", kernel: "lepton:elementwise", reads: [bytes], writes: [table]) {
        [program] binder in
        binder.kernel(lk_elementwise_run, program) { box, binder in
          binder.bind(bytes) { box.pointee.operands.0.memory = $0 }
          binder.bind(table) { address in withResults(&box.pointee) { $0[0].memory = address } }
        }
      }
    }
    var lookup = lk_byte_table()
    lookup.count = Int64(count)
    lookup.element_bytes = Int32(size)
    plan.add(
      Step(
        name: name, kernel: "lepton:byte_table", reads: [read, table], writes: [write],
        inPlace: size == 1 ? [(write, read)] : []
      ) { [lookup] binder in
        binder.kernel(lk_byte_table_run, lookup) { box, binder in
          binder.bind(read) { box.pointee.src = UnsafeRawPointer($0) }
          binder.bind(table) { box.pointee.table = UnsafeRawPointer($0) }
          binder.bind(write) { box.pointee.dst = $0 }
        }
      })
  }

  /// What the bits of a byte stand for.
  private func signed(_ byte: Int) -> Int {
    operand.dtype == .i8 && byte >= 128 ? byte - 256 : byte
  }
}
