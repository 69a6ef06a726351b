import CLeptonDNN
import Foundation
import LeptonValues

/// How a value lies in memory. Equal layouts hold equal elements at equal places.
struct Layout: Hashable, @unchecked Sendable {
  enum Format: Hashable {
    /// Row-major.
    case plain
    /// NHWC.
    case channelsLast
    /// NCHW in blocks of `Processor.channelBlock` channels, the last block padded with zeros.
    case blocked
    /// A format of oneDNN's choice: packed weights.
    case native
  }

  let format: Format
  let dtype: DType
  let byteCount: Int
  /// oneDNN's name for it; nil for element types and ranks that oneDNN does not know. Interned and never freed.
  let handle: OpaquePointer?

  /// Row-major elements.
  static func plain(_ type: TensorType) -> Layout {
    let extents = type.shape.extents.map { Int64($0) }
    let handle = type.dtype.native.flatMap { dtype in
      (1...Int(LD_MAX_DIMS)).contains(type.shape.rank) && type.shape.elementCount > 0
        ? ld_layout_plain(dtype, Int32(extents.count), extents) : nil
    }
    return Layout(
      format: .plain, dtype: type.dtype, byteCount: type.byteCount, handle: handle)
  }

  /// The layout of a 4-D activation in `format`.
  static func activation(_ type: TensorType, _ format: Format) -> Layout {
    guard format != .plain, let dtype = type.dtype.native else { return plain(type) }
    let extents = type.shape.extents.map { Int64($0) }
    let handle =
      format == .channelsLast
      ? ld_layout_channels_last(dtype, extents)
      : Processor.channelBlock == 16
        ? ld_layout_blocked16(dtype, extents) : ld_layout_blocked8(dtype, extents)
    return Layout(
      format: format, dtype: type.dtype, byteCount: ld_layout_bytes(handle), handle: handle)
  }

  /// The layout that a primitive asks for, recognised where it is one of ours.
  static func native(_ handle: OpaquePointer, _ type: TensorType) -> Layout {
    let known: [Format] = type.shape.rank == 4 ? [.plain, .blocked, .channelsLast] : [.plain]
    for format in known {
      let layout = format == .plain ? plain(type) : activation(type, format)
      if layout.handle == handle { return layout }
    }
    return Layout(
      format: .native, dtype: type.dtype, byteCount: ld_layout_bytes(handle), handle: handle)
  }

  /// Whether it stores elements that are no logical ones, and must stay zero.
  var isPadded: Bool { handle.map { ld_layout_is_padded($0) } ?? false }

  /// The same places for elements of another type.
  func with(dtype: DType) -> Layout? {
    guard dtype != self.dtype else { return self }
    guard let native = dtype.native, let handle else { return nil }
    return ld_layout_with_dtype(handle, native).map {
      Layout(format: format, dtype: dtype, byteCount: ld_layout_bytes($0), handle: $0)
    }
  }
}

extension Layout {
  /// The order of axes and blocks alone: `aBcd8b`.
  var tag: String { description.components(separatedBy: "] ").dropFirst().joined(separator: "] ") }
}

extension Layout: CustomStringConvertible {
  var description: String {
    guard let handle else { return "\(dtype)" }
    var text = [CChar](repeating: 0, count: 128)
    ld_layout_describe(handle, &text, text.count)
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

extension DType {
  /// oneDNN's name of the type, nil where it has none.
  var native: ld_dtype? {
    switch self {
    case .f32: LD_F32
    case .bf16: LD_BF16
    case .i8: LD_S8
    case .u8: LD_U8
    case .i32: LD_S32
    default: nil
    }
  }
}
