/// A flatbuffer under construction: tables as values, written from the root outward, so that every offset leads forward.
struct FlatBufferWriter {
  /// A table: fields by number; those left out take their defaults.
  struct Table {
    private(set) var fields: [Int: Field] = [:]

    subscript(field: Int) -> Field? {
      get { fields[field] }
      set { fields[field] = newValue }
    }
  }

  indirect enum Field {
    case byte(Int)
    case int(Int)
    case float(Float)
    case string(String)
    case table(Table)
    case tables([Table])
    case ints([Int])
    case longs([Int])
    case floats([Float])
    /// At a multiple of 16.
    case bytes([UInt8])

    var width: Int { if case .byte = self { 1 } else { 4 } }
  }

  private var bytes: [UInt8] = []

  /// The file of a root table.
  static func file(_ root: Table, identifier: String) -> [UInt8] {
    var writer = FlatBufferWriter()
    writer.bytes = [0, 0, 0, 0] + Array(identifier.utf8)
    let place = writer.write(root)
    writer.patch(0, to: place)
    return writer.bytes
  }

  private mutating func align(_ multiple: Int, before count: Int = 0) {
    while (bytes.count + count) % multiple != 0 { bytes.append(0) }
  }

  private mutating func number(_ value: Int, _ width: Int) {
    for byte in 0..<width { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * byte))) }
  }

  /// Writes at `place` how far it is to `target`.
  private mutating func patch(_ place: Int, to target: Int) {
    for byte in 0..<4 {
      bytes[place + byte] = UInt8(truncatingIfNeeded: (target - place) >> (8 * byte))
    }
  }

  /// Fields, widest first, after the list of where each is; then what they lead to.
  private mutating func write(_ table: Table) -> Int {
    let fields = table.fields.sorted { ($1.value.width, $0.key) < ($0.value.width, $1.key) }
    let count = (fields.map(\.key).max() ?? -1) + 1
    var offsets = [Int](repeating: 0, count: count)
    var size = 4
    for (number, field) in fields {
      offsets[number] = size
      size += field.width
    }
    let list = 4 + 2 * count
    align(4, before: list)
    number(list, 2)
    number(size, 2)
    for offset in offsets { number(offset, 2) }
    let place = bytes.count
    number(list, 4)
    for (_, field) in fields {
      switch field {
      case .byte(let value): number(value, 1)
      case .int(let value): number(value, 4)
      case .float(let value): number(Int(value.bitPattern), 4)
      default: number(0, 4)
      }
    }
    for (number, field) in fields {
      if let target = write(field) { patch(place + offsets[number], to: target) }
    }
    return place
  }

  /// Where what an offset leads to was written; nil for fields that are in the table itself.
  private mutating func write(_ field: Field) -> Int? {
    switch field {
    case .byte, .int, .float: return nil
    case .table(let table): return write(table)
    case .string(let text):
      let place = vector(text.utf8.count, alignment: 4)
      bytes += Array(text.utf8) + [0]
      return place
    case .ints(let values):
      let place = vector(values.count, alignment: 4)
      for value in values { number(value, 4) }
      return place
    case .longs(let values):
      let place = vector(values.count, alignment: 8)
      for value in values { number(value, 8) }
      return place
    case .floats(let values):
      let place = vector(values.count, alignment: 4)
      for value in values { number(Int(value.bitPattern), 4) }
      return place
    case .bytes(let values):
      let place = vector(values.count, alignment: 16)
      bytes += values
      return place
    case .tables(let tables):
      let place = vector(tables.count, alignment: 4)
      let start = bytes.count
      bytes += [UInt8](repeating: 0, count: 4 * tables.count)
      for (index, table) in tables.enumerated() { patch(start + 4 * index, to: write(table)) }
      return place
    }
  }

  /// The number of elements, so that these begin at a multiple of `alignment`.
  private mutating func vector(_ count: Int, alignment: Int) -> Int {
    align(alignment, before: 4)
    number(count, 4)
    return bytes.count - 4
  }
}
