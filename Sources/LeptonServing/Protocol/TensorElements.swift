import LeptonData
import LeptonValues

/// The elements of a tensor in JSON: flat in row-major order, or nested as the shape says.
struct TensorElements {
  /// Of the input, for errors.
  let name: String
  let type: TensorType

  /// Reads the value of `data`.
  func read(_ json: inout JSONScanner) throws -> TensorData {
    switch type.dtype {
    case .f32: try read(&json) { try $0.float() }
    case .f64: try read(&json) { try $0.number() }
    case .i8: try read(&json) { try whole(&$0, Int8.self) }
    case .u8: try read(&json) { try whole(&$0, UInt8.self) }
    case .i16: try read(&json) { try whole(&$0, Int16.self) }
    case .u16: try read(&json) { try whole(&$0, UInt16.self) }
    case .i32: try read(&json) { try whole(&$0, Int32.self) }
    case .u32: try read(&json) { try whole(&$0, UInt32.self) }
    case .u64: try read(&json) { try whole(&$0, UInt64.self) }
    case .i64: try read(&json) { try whole(&$0, Int64.self) }
    case .bool: try read(&json) { try $0.bool() }
    case .bf16, .f16, .f8e4m3fn, .f8e4m3fnuz, .f8e5m2, .f8e5m2fnuz, .f8e8m0, .f4e2m1, .i4, .u4, .i2,
      .u2:
      throw Refusal.bad(
        "input \(quoted(name)): \(Datatype.name(of: type.dtype)) has no form in JSON; send binary data"
      )
    }
  }

  private func whole<S: FixedWidthInteger>(_ json: inout JSONScanner, _: S.Type) throws -> S {
    let value = try json.wholeNumber()
    guard let element = S(exactly: value) else {
      throw Refusal.bad(
        "input \(quoted(name)): \(value) does not fit \(Datatype.name(of: type.dtype))")
    }
    return element
  }

  private func read<S: Scalar>(
    _ json: inout JSONScanner, _ element: (inout JSONScanner) throws -> S
  ) throws -> TensorData {
    let count = type.shape.elementCount
    // Every element takes two bytes of text at least, so what is reserved is bounded by the body.
    guard count <= json.bytes.count / 2 + 1 else {
      throw Refusal.bad(
        "input \(quoted(name)) has fewer elements than its shape \(type.shape) asks for")
    }
    var elements: [S] = []
    elements.reserveCapacity(count)
    do {
      try read(&json, axis: 0, count, &elements, element)
    } catch let fault as JSONScanner.Fault {
      throw Refusal.bad("input \(quoted(name)): data: \(fault.what) (byte \(fault.byte))")
    }
    guard elements.count == count else {
      throw Refusal.bad(
        "input \(quoted(name)) has \(elements.count) elements, its shape \(type.shape) asks for "
          + "\(count)")
    }
    return TensorData(elements, shape: type.shape)
  }

  private func read<S>(
    _ json: inout JSONScanner, axis: Int, _ count: Int, _ elements: inout [S],
    _ element: (inout JSONScanner) throws -> S
  ) throws {
    var parts = 0
    var isNested = false
    try json.array { json in
      if parts == 0 { isNested = json.isNext("[") }
      parts += 1
      if isNested {
        guard axis + 1 < type.shape.rank else { throw shapeRefusal }
        try read(&json, axis: axis + 1, count, &elements, element)
      } else {
        guard elements.count < count else {
          throw Refusal.bad(
            "input \(quoted(name)) has more elements than its shape \(type.shape) asks for")
        }
        elements.append(try element(&json))
      }
    }
    let isFlat = axis == 0 && !isNested
    guard isFlat || parts == type.shape[axis], isNested || isFlat || axis == type.shape.rank - 1
    else { throw shapeRefusal }
  }

  private var shapeRefusal: Refusal {
    .bad("input \(quoted(name)): data nest otherwise than its shape \(type.shape) says")
  }
}
