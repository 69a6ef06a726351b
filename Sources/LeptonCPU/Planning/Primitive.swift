import CLeptonDNN
import CLeptonKernels
import LeptonValues

/// A compiled oneDNN kernel.
final class Primitive {
  let pointer: OpaquePointer

  /// nil where the library has no implementation.
  init?(_ pointer: OpaquePointer?) {
    guard let pointer else { return nil }
    self.pointer = pointer
  }

  deinit { ld_primitive_release(pointer) }

  var implementation: String { String(cString: ld_primitive_implementation(pointer)) }

  /// Whether the library fell back to a slow kernel of plain loops.
  var isSlow: Bool { ld_primitive_is_reference(pointer) }

  /// The layout of an argument that stands for a value of `type`.
  func layout(_ argument: ld_argument, _ type: TensorType) -> Layout? {
    ld_primitive_layout(pointer, argument).map { Layout.native($0, type) }
  }

  /// Bytes of an argument; 0 where the primitive has none.
  func byteCount(_ argument: ld_argument) -> Int {
    ld_primitive_layout(pointer, argument).map { ld_layout_bytes($0) } ?? 0
  }
}

/// A primitive with its memory bound.
final class PrimitiveCall {
  let primitive: Primitive
  let pointer: OpaquePointer

  init(_ primitive: Primitive) {
    self.primitive = primitive
    pointer = ld_call_create(primitive.pointer)
  }

  deinit { ld_call_release(pointer) }

  var failed: Bool { ld_call_failed(pointer) }
}

extension Step {
  /// A step that runs a oneDNN primitive over `arguments`.
  init(
    _ name: String, _ primitive: Primitive, reads: [(ld_argument, Slot.ID)],
    writes: [(ld_argument, Slot.ID)], inPlace: [(result: Slot.ID, operand: Slot.ID)] = []
  ) {
    let arguments = reads + writes
    self.init(
      name: name, kernel: primitive.implementation, reads: reads.map(\.1), writes: writes.map(\.1),
      scratchBytes: primitive.byteCount(LD_SCRATCHPAD), inPlace: inPlace
    ) { binder in
      let call = PrimitiveCall(primitive)
      binder.keep(call)
      let pointer = call.pointer
      for (argument, slot) in arguments {
        binder.bind(slot) { ld_call_bind(pointer, argument, $0) }
      }
      if primitive.byteCount(LD_SCRATCHPAD) > 0 {
        ld_call_bind(pointer, LD_SCRATCHPAD, binder.scratch)
      }
      return lk_instruction(run: ld_run, context: UnsafeMutableRawPointer(pointer))
    }
  }
}
