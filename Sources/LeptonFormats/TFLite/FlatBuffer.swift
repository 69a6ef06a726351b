import LeptonValues

/// The bytes of a flatbuffer, read with every place checked. Source: "FlatBuffer Binary Format", the internals page of
/// the flatbuffers project.
///
/// A small file can point at the same vector from many places; what is read altogether is bounded by the file's size.
final class FlatBuffer {
  let bytes: [UInt8]
  let name: String
  private var budget: Int

  init(_ bytes: [UInt8], name: String) {
    self.bytes = bytes
    self.name = name
    budget = 16 * bytes.count + 65_536
  }

  /// The outermost table, after the check of the identifier.
  func root(identifier: String) throws -> FlatTable {
    guard bytes.count >= 8, bytes[4..<8].elementsEqual(identifier.utf8) else {
      throw error("the file has not the identifier \(identifier)", at: 4)
    }
    return try FlatTable(self, at: offset(at: 0))
  }

  func number<N: FixedWidthInteger & BitwiseCopyable>(_: N.Type, at place: Int) throws -> N {
    let width = MemoryLayout<N>.size
    guard place >= 0, place <= bytes.count - width else {
      throw error("something of \(width) bytes is said to lie outside the file", at: place)
    }
    return bytes.withUnsafeBytes {
      N(littleEndian: $0.loadUnaligned(fromByteOffset: place, as: N.self))
    }
  }

  /// Where the offset at `place` leads: forward, from itself.
  func offset(at place: Int) throws -> Int {
    let target = place + Int(try number(UInt32.self, at: place))
    guard target > place, target <= bytes.count - 4 else {
      throw error("an offset leads out of the file", at: place)
    }
    return target
  }

  /// The elements of the vector at `place`, each of `width` bytes: where they begin and how many there are.
  func vector(at place: Int, width: Int) throws -> (start: Int, count: Int) {
    let count = Int(try number(UInt32.self, at: place))
    guard count <= (bytes.count - place - 4) / width else {
      throw error("a vector of \(count) elements of \(width) bytes runs out of the file", at: place)
    }
    return (place + 4, count)
  }

  func spend(_ count: Int, at place: Int) throws {
    budget -= count
    guard budget >= 0 else { throw error("parts of the file are used over and over", at: place) }
  }

  func error(_ what: String, at place: Int) -> LeptonError {
    LeptonError(
      .badInput, what, at: "\(name), byte \(place)", fix: "fetch the file again, or export it anew")
  }
}

/// A table: fields that may be absent, by number.
struct FlatTable {
  let buffer: FlatBuffer
  let place: Int
  private let fields: Int
  private let fieldCount: Int
  private let size: Int

  init(_ buffer: FlatBuffer, at place: Int) throws {
    self.buffer = buffer
    self.place = place
    fields = place - Int(try buffer.number(Int32.self, at: place))
    let bytes = Int(try buffer.number(UInt16.self, at: fields))
    size = Int(try buffer.number(UInt16.self, at: fields + 2))
    guard bytes >= 4, bytes.isMultiple(of: 2), fields >= 0, bytes <= buffer.bytes.count - fields,
      size >= 4, size <= buffer.bytes.count - place
    else { throw buffer.error("a table's list of fields is damaged", at: place) }
    fieldCount = (bytes - 4) / 2
    try buffer.spend(4, at: place)
  }

  /// Where a field lies; nil where it is absent.
  private func place(of field: Int, width: Int) throws -> Int? {
    guard field < fieldCount else { return nil }
    let offset = Int(try buffer.number(UInt16.self, at: fields + 4 + 2 * field))
    guard offset != 0 else { return nil }
    guard offset >= 4, offset <= size - width else {
      throw buffer.error("field \(field) of a table lies outside of it", at: place)
    }
    return place + offset
  }

  func number<N: FixedWidthInteger & BitwiseCopyable>(
    _ field: Int, _ type: N.Type, default fallback: N = 0
  ) throws -> N {
    try place(of: field, width: MemoryLayout<N>.size).map { try buffer.number(type, at: $0) }
      ?? fallback
  }

  func int(_ field: Int, default fallback: Int = 0) throws -> Int {
    Int(try number(field, Int32.self, default: Int32(fallback)))
  }

  func byte(_ field: Int, default fallback: Int = 0) throws -> Int {
    Int(try number(field, Int8.self, default: Int8(fallback)))
  }

  func bool(_ field: Int) throws -> Bool { try number(field, UInt8.self) != 0 }

  func float(_ field: Int, default fallback: Float = 0) throws -> Float {
    Float(bitPattern: try number(field, UInt32.self, default: fallback.bitPattern))
  }

  func table(_ field: Int) throws -> FlatTable? {
    try place(of: field, width: 4).map { try FlatTable(buffer, at: buffer.offset(at: $0)) }
  }

  func tables(_ field: Int) throws -> [FlatTable] {
    guard let (start, count) = try vector(field, width: 4) else { return [] }
    try buffer.spend(4 * count, at: start)
    return try (0..<count).map { try FlatTable(buffer, at: buffer.offset(at: start + 4 * $0)) }
  }

  /// The whole numbers of a vector; nil where it is absent.
  func ints<N: FixedWidthInteger & BitwiseCopyable>(_ field: Int, of type: N.Type) throws -> [Int]?
  {
    try numbers(field, of: type)?.map { Int(truncatingIfNeeded: $0) }
  }

  func floats(_ field: Int) throws -> [Float]? {
    try numbers(field, of: UInt32.self)?.map(Float.init(bitPattern:))
  }

  func string(_ field: Int) throws -> String? {
    guard let (start, count) = try vector(field, width: 1) else { return nil }
    try buffer.spend(count, at: start)
    return String(decoding: buffer.bytes[start..<(start + count)], as: UTF8.self)
  }

  /// Where the bytes of a vector lie in the file; nil where it is absent.
  func bytes(_ field: Int) throws -> Range<Int>? {
    try vector(field, width: 1).map { $0.start..<($0.start + $0.count) }
  }

  private func numbers<N: FixedWidthInteger & BitwiseCopyable>(_ field: Int, of type: N.Type) throws
    -> [N]?
  {
    let width = MemoryLayout<N>.size
    guard let (start, count) = try vector(field, width: width) else { return nil }
    try buffer.spend(width * count, at: start)
    return try (0..<count).map { try buffer.number(type, at: start + width * $0) }
  }

  private func vector(_ field: Int, width: Int) throws -> (start: Int, count: Int)? {
    try place(of: field, width: 4).map {
      try buffer.vector(at: buffer.offset(at: $0), width: width)
    }
  }
}
