import LeptonData
import LeptonValues

/// The JSON header of a safetensors file: what lies where, checked against the size of the file.
struct SafeTensorsHeader {
  struct Entry {
    var name: String
    var type: StoredType
    var shape: [Int]
    /// In the file.
    var range: Range<Int>
    /// Where the header speaks of it.
    var place: Int
  }

  private(set) var entries: [Entry] = []
  private(set) var metadata: [String: String] = [:]

  /// As the reference implementation has it.
  private static let largest = 100_000_000
  private static let mostTensors = 1_000_000

  init(_ source: ByteSource) throws {
    func refuse(_ what: String, byte: Int, fix: String = "fetch or save the file again")
      -> LeptonError
    {
      LeptonError(.badInput, what, at: "\(source.name), byte \(byte)", fix: fix)
    }
    guard source.count >= 8 else {
      throw refuse("\(source.count) bytes are no safetensors file", byte: source.count)
    }
    guard let length = try source.bytes(0..<8).number(at: 0, width: 8), length <= Self.largest,
      length <= source.count - 8
    else {
      throw refuse("the header is said to be longer than the file, or than 100 MB", byte: 0)
    }
    let start = 8 + length
    var scanner = JSONScanner(try source.bytes(8..<start))
    do {
      guard scanner.bytes.first == UInt8(ascii: "{") else {
        throw JSONScanner.Fault(what: "the header does not begin with {", byte: 0)
      }
      try scanner.object { json, name in
        if name == "__metadata__" {
          try json.object { metadata[$1] = try $0.string() }
          return
        }
        let place = json.place
        guard !name.isEmpty, !name.contains("\0") else {
          throw JSONScanner.Fault(what: "a tensor's name is empty or holds a NUL", byte: place)
        }
        entries.append(try Entry(&json, name: name, dataStart: start, fileEnd: source.count))
        guard entries.count <= Self.mostTensors else {
          throw JSONScanner.Fault(what: "more than a million tensors", byte: place)
        }
      }
      try scanner.finish()
    } catch let fault as JSONScanner.Fault {
      throw refuse(fault.what, byte: 8 + fault.byte)
    }
    try checkCoverage(from: start, to: source.count, refuse: { refuse($0, byte: $1) })
  }

  /// Tensors follow each other without gap or overlap, from the header to the end of the file.
  private func checkCoverage(from start: Int, to end: Int, refuse: (String, Int) -> LeptonError)
    throws
  {
    var next = start
    for entry in entries.sorted(by: {
      ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
    }) {
      guard entry.range.lowerBound == next else {
        throw refuse(
          "tensor '\(entry.name)' begins at byte \(entry.range.lowerBound - start) of the data, where "
            + (entry.range.lowerBound < next ? "another tensor lies" : "a gap would be left"),
          8 + entry.place)
      }
      next = entry.range.upperBound
    }
    guard next == end else {
      throw refuse("the tensors end at byte \(next), the file at \(end)", next)
    }
  }
}

extension SafeTensorsHeader.Entry {
  fileprivate init(
    _ json: inout JSONScanner, name: String, dataStart: Int, fileEnd: Int
  ) throws {
    let place = json.place
    var code: String?
    var shape: [Int]?
    var offsets: [Int]?
    func numbers(_ json: inout JSONScanner, most: Int) throws -> [Int] {
      var numbers: [Int] = []
      try json.array { json in
        let start = json.place
        numbers.append(try json.integer())
        guard numbers.count <= most, numbers.last! >= 0 else {
          throw JSONScanner.Fault(
            what: "tensor '\(name)': expected at most \(most) numbers of 0 or more", byte: start)
        }
      }
      return numbers
    }
    try json.object { json, key in
      switch key {
      case "dtype": code = try json.string()
      case "shape": shape = try numbers(&json, most: 64)
      case "data_offsets": offsets = try numbers(&json, most: 2)
      default:
        throw JSONScanner.Fault(what: "tensor '\(name)' has an unknown field '\(key)'", byte: place)
      }
    }
    func fault(_ what: String) -> JSONScanner.Fault {
      JSONScanner.Fault(what: "tensor '\(name)' \(what)", byte: place)
    }
    guard let code, let shape, let offsets, offsets.count == 2 else {
      throw fault("has no dtype, shape and data_offsets")
    }
    guard let type = StoredType(rawValue: code) else {
      throw fault(
        "is of type '\(code)'; "
          + "known are \(StoredType.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    guard let count = type.byteCount(shape), offsets[0] <= offsets[1],
      offsets[1] <= fileEnd - dataStart, offsets[1] - offsets[0] == count
    else {
      throw fault(
        "lies at \(offsets), which is not a \(code)\(shape) in \(fileEnd - dataStart) bytes")
    }
    self.init(
      name: name, type: type, shape: shape,
      range: (dataStart + offsets[0])..<(dataStart + offsets[1]), place: place)
  }
}
