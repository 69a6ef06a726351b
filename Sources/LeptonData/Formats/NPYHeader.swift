import LeptonValues

/// The Python dictionary at the head of a `.npy` file:
/// `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`.
struct NPYHeader {
  let dtype: DType
  let shape: Shape
  let isFortranOrder: Bool

  init(_ text: String, name: String) throws {
    func refuse(_ what: String, fix: String) -> LeptonError {
      LeptonError(.badInput, what, at: name, fix: fix)
    }
    func value(of key: String) throws -> Substring {
      guard let found = text.firstRange(of: "'\(key)':") else {
        throw refuse("the .npy header has no '\(key)': \(text)", fix: "save it with numpy.save")
      }
      return text[found.upperBound...].drop { $0 == " " }
    }

    let quoted = try value(of: "descr")
    guard quoted.first == "'" else {
      throw refuse("the array is structured", fix: "save one plain array for each field")
    }
    let description = String(quoted.dropFirst().prefix { $0 != "'" })
    guard let dtype = Self.dtypes[description] else {
      let fix =
        description.hasPrefix(">")
        ? "it is big-endian; save it with .astype('\(description.replacing(">", with: "<"))')"
        : "convert it with .astype to one of float16, float32, float64, int8 to int64, uint8 to uint64, bool"
      throw refuse("element type '\(description)' is not supported", fix: fix)
    }
    self.dtype = dtype
    isFortranOrder = try value(of: "fortran_order").hasPrefix("True")

    let tuple = try value(of: "shape").dropFirst().prefix { $0 != ")" }
    let extents = tuple.split(separator: ",").map { $0.filter { $0 != " " } }
      .filter { !$0.isEmpty }.map { Int($0) }
    guard extents.allSatisfy({ $0.map { $0 >= 0 } ?? false }) else {
      throw refuse("the shape (\(tuple)) is not a tuple of extents", fix: "save it with numpy.save")
    }
    shape = Shape(extents.compactMap { $0 })
  }

  /// Bytes that the elements take; nil where they are too many to count.
  var byteCount: Int? { shape.byteCount(of: dtype) }

  static func description(of dtype: DType) -> String {
    switch dtype {
    case .f16: "<f2"
    case .f32: "<f4"
    case .f64: "<f8"
    case .i8: "|i1"
    case .u8: "|u1"
    case .i16: "<i2"
    case .u16: "<u2"
    case .i32: "<i4"
    case .u32: "<u4"
    case .i64: "<i8"
    case .u64: "<u8"
    case .bool: "|b1"
    case .bf16, .f8e4m3fn, .f8e4m3fnuz, .f8e5m2, .f8e5m2fnuz, .f8e8m0, .f4e2m1, .i4, .u4, .i2, .u2:
      description(of: storable(dtype))
    }
  }

  /// The type in which NumPy holds elements: the next wider one for those that it lacks.
  static func storable(_ dtype: DType) -> DType {
    dtype == .bf16 ? .f32 : dtype.computable
  }

  private static let dtypes: [String: DType] = {
    var table: [String: DType] = ["<i1": .i8, "<u1": .u8, "<b1": .bool]
    for dtype in DType.allCases where storable(dtype) == dtype {
      table[description(of: dtype)] = dtype
    }
    return table
  }()
}
