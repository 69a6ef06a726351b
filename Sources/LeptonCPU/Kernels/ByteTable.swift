import CLeptonKernels
import LeptonGraph
import LeptonValues

/// An elementwise program from one byte to one byte, however long, as a table of its 256 results.
struct ByteTable {
  private var arguments = lk_byte_table()

  /// nil where the program reads or makes something else. The table is made by the program itself: the results are the same.
  init?(_ program: lk_elementwise) {
    var program = program
    let bytes = [Int32(LK_U8.rawValue), Int32(LK_S8.rawValue)]
    guard program.operand_count == 1, program.result_count == 1, program.dims == 1,
      bytes.contains(program.operands.0.dtype), bytes.contains(program.results.0.dtype),
      program.operands.0.strides.0 == 1
    else { return nil }
    arguments.count = program.extents.0
    program.extents.0 = 256
    var indices = (0...255).map { UInt8($0) }
    indices.withUnsafeMutableBytes { source in
      withUnsafeMutableBytes(of: &arguments.table) { table in
        program.operands.0.memory = source.baseAddress
        program.results.0.memory = table.baseAddress
        lk_elementwise_run(&program)
      }
    }
  }

  func step(_ name: String, _ source: Slot.ID, _ result: Slot.ID) -> Step {
    Step(
      name: name, kernel: "lepton:byte_table", reads: [source], writes: [result],
      inPlace: [(result, source)]
    ) { [arguments] binder in
      binder.kernel(lk_byte_table_run, arguments) { box, binder in
        binder.bind(source) {
          box.pointee.src = UnsafePointer($0.assumingMemoryBound(to: UInt8.self))
        }
        binder.bind(result) { box.pointee.dst = $0.assumingMemoryBound(to: UInt8.self) }
      }
    }
  }
}
