import LeptonData
public import LeptonValues

/// GGUF, the form in which llama.cpp keeps the weights of transformers: versions 2 and 3, little-endian.
///
/// Source: "GGUF" in the documentation of ggml. Blocks of Q8_0 and Q4_0 become f32; other quantised types are refused by
/// their number.
public enum GGUF {
  /// - Throws: `LeptonError`: `io`, or `badInput` with the byte that is wrong.
  public static func weights(_ path: String) throws -> WeightSet { try weights(ByteSource(path)) }

  package static func weights(_ source: ByteSource) throws -> WeightSet {
    let header = try GGUFHeader(source)
    var weights = WeightSet([:], metadata: header.metadata)
    for entry in header.entries {
      let shape = Shape(entry.shape)
      if let stored = entry.type.stored {
        weights.tensors[entry.name] = try stored.tensor(source, entry.range, shape: shape)
        if !stored.isStoredAsIs { weights.widened[entry.name] = stored.rawValue }
      } else {
        weights.tensors[entry.name] = TensorData(
          entry.type.widened(try source.bytes(entry.range)), shape: shape)
        weights.widened[entry.name] = "\(entry.type)".uppercased()
      }
    }
    return weights
  }

  /// Writes `tensors`, sorted by name, and their metadata as text.
  ///
  /// - Throws: `LeptonError`: `badInput` for tensors that the format cannot hold, or `io`.
  public static func write(
    _ tensors: [String: TensorData], metadata: [String: String] = [:], to path: String
  ) throws {
    let sorted = tensors.sorted { $0.key < $1.key }
    func number(_ value: Int, _ width: Int) -> [UInt8] {
      (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    func string(_ text: String) -> [UInt8] { number(text.utf8.count, 8) + Array(text.utf8) }
    var metadata = metadata.filter { !$0.key.isEmpty && $0.key != "general.alignment" }
    if metadata["general.architecture"] == nil { metadata["general.architecture"] = "unknown" }
    var header =
      Array("GGUF".utf8) + number(3, 4) + number(sorted.count, 8) + number(metadata.count, 8)
    for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
      header += string(key) + number(8, 4) + string(value)
    }
    var offset = 0
    for (name, tensor) in sorted {
      guard let type = GGUFType(tensor.dtype), tensor.shape.rank <= 4, name.utf8.count < 64,
        !name.isEmpty
      else {
        throw LeptonError(
          .badInput, "GGUF cannot hold tensor '\(name)', a \(tensor.type)",
          fix:
            "names are of at most 63 bytes, tensors of at most four axes and of floats or whole numbers with a sign"
        )
      }
      // Innermost extents first; a scalar is a vector of one.
      let extents = tensor.shape.rank == 0 ? [1] : tensor.shape.reversed()
      header += string(name) + number(extents.count, 4) + extents.flatMap { number($0, 8) }
      header += number(type.rawValue, 4) + number(offset, 8)
      offset += (tensor.type.byteCount + 31) / 32 * 32
    }
    try FileBytes.write(to: path) { sink in
      func pad() throws {
        try sink.write([UInt8](repeating: 0, count: (32 - sink.position % 32) % 32))
      }
      try sink.write(header)
      try pad()
      for (_, tensor) in sorted {
        try sink.write(.elements(tensor))
        try pad()
      }
    }
  }
}

/// What lies where, checked against the size of the file.
struct GGUFHeader {
  struct Entry {
    let name: String
    let type: GGUFType
    let shape: [Int]
    let range: Range<Int>
  }

  private(set) var entries: [Entry] = []
  private(set) var metadata: [String: String] = [:]

  init(_ source: ByteSource) throws {
    var scanner = GGUFScanner(source)
    guard try source.prefix(4) == Array("GGUF".utf8) else {
      throw scanner.error("it is no GGUF file")
    }
    _ = try scanner.take(4)
    let version = try scanner.number(4)
    guard version == 2 || version == 3 else {
      throw scanner.error(
        version.byteSwapped >> 32 == 3
          ? "the file is big-endian" : "version \(version) is not 2 or 3",
        fix: "convert it with a current version of llama.cpp")
    }
    let tensorCount = try scanner.number(8)
    let pairCount = try scanner.count("pairs of metadata", least: 13)
    guard tensorCount <= UInt64(scanner.left / 24) else {
      throw scanner.error("\(tensorCount) tensors are said to follow, in \(scanner.left) bytes")
    }
    var alignment = 32
    for _ in 0..<pairCount {
      let key = try scanner.string()
      let type = try scanner.number(4)
      let value = try scanner.value(type)
      guard !key.isEmpty, metadata.updateValue(value, forKey: key) == nil else {
        throw scanner.error("the key '\(key.prefix(64))' is empty, or occurs twice")
      }
      if key == "general.alignment" {
        guard type == 4, let number = Int(value), number > 0, number & (number - 1) == 0,
          number <= 1 << 20
        else {
          throw scanner.error("the alignment \(value) is not a power of two in 32 bits")
        }
        alignment = number
      }
    }
    var described: [(name: String, type: GGUFType, shape: [Int], offset: UInt64)] = []
    var names: Set<String> = []
    for _ in 0..<tensorCount {
      let name = try scanner.string()
      guard name.utf8.count < 64, !name.isEmpty, names.insert(name).inserted else {
        throw scanner.error("the name '\(name.prefix(64))' is empty, too long, or occurs twice")
      }
      let rank = try scanner.number(4)
      guard (1...4).contains(rank) else { throw scanner.error("tensor '\(name)' has \(rank) axes") }
      let extents = try (0..<rank).map { _ in Int(exactly: try scanner.number(8)) ?? -1 }
      let code = try scanner.number(4)
      guard let type = GGUFType(rawValue: Int(code)) else {
        throw scanner.error(
          "tensor '\(name)' is of type \(GGUFType.others[Int(code)] ?? "\(code)"), which is not read",
          fix: "convert it to \(GGUFType.allCases.map { "\($0)" }.joined(separator: ", "))")
      }
      described.append((name, type, extents.reversed(), try scanner.number(8)))
    }
    let start = (scanner.place + alignment - 1) / alignment * alignment
    for (name, type, shape, offset) in described {
      guard let count = type.byteCount(shape), start <= source.count,
        let offset = Int(exactly: offset), offset % alignment == 0,
        offset <= source.count - start, count <= source.count - start - offset
      else {
        throw scanner.error(
          "tensor '\(name)', \(type)\(shape) at \(offset), does not fit into the file")
      }
      entries.append(
        Entry(
          name: name, type: type, shape: shape, range: (start + offset)..<(start + offset + count)))
    }
    let places = entries.map(\.range).filter { !$0.isEmpty }.sorted {
      $0.lowerBound < $1.lowerBound
    }
    for (one, next) in zip(places, places.dropFirst()) where one.upperBound > next.lowerBound {
      throw scanner.error("two tensors share bytes from \(next.lowerBound) on")
    }
  }
}
