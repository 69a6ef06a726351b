import LeptonValues

/// Examples whose features are the same, byte for byte, as the model is given them.
public struct ExactDuplicates: Sendable, Hashable {
  /// Where an example of the looked-at part stands in the other; both count from 0.
  public struct Pair: Sendable, Hashable {
    public var row: Int
    /// The first one like it.
    public var original: Int
    /// Whether both have one label.
    public var haveSameLabel: Bool
  }

  public var pairs: [Pair]

  /// The examples of `data` that repeat an earlier one.
  public init(within data: Dataset) {
    var index = RowIndex(data)
    pairs = (0..<data.count).compactMap { row in
      index.original(of: row, in: data, adding: true).map {
        Pair(row: row, original: $0, haveSameLabel: data.label(row) == data.label($0))
      }
    }
  }

  /// The examples of `data` that also occur in `other`; `original` is a row of `other`.
  public init(of data: Dataset, in other: Dataset) {
    pairs = []
    guard data.exampleShape == other.exampleShape, data.features.dtype == other.features.dtype
    else {
      return
    }
    var index = RowIndex(other)
    for row in 0..<other.count { _ = index.original(of: row, in: other, adding: true) }
    pairs = (0..<data.count).compactMap { row in
      index.original(of: row, in: data, adding: false).map {
        Pair(row: row, original: $0, haveSameLabel: data.label(row) == other.label($0))
      }
    }
  }
}

/// The rows of a data set by their hash; equal hashes are compared byte by byte.
private struct RowIndex {
  private let data: Dataset
  private var rows: [UInt64: [Int]] = [:]

  init(_ data: Dataset) {
    self.data = data
    rows.reserveCapacity(data.count)
  }

  /// The first indexed row that equals row `row` of `source`; where there is none, that row is added if it should be.
  mutating func original(of row: Int, in source: Dataset, adding: Bool) -> Int? {
    let size = source.features.rowByteCount
    return source.features.withUnsafeBytes { bytes in
      let own = UnsafeRawBufferPointer(rebasing: bytes[(row * size)..<((row + 1) * size)])
      let hash = Self.hash(own)
      let found = data.features.withUnsafeBytes { all in
        rows[hash, default: []].first { candidate in
          UnsafeRawBufferPointer(rebasing: all[(candidate * size)..<((candidate + 1) * size)])
            .elementsEqual(own)
        }
      }
      if found == nil, adding { rows[hash, default: []].append(row) }
      return found
    }
  }

  /// FNV-1a (Fowler, Noll, Vo) over words of eight bytes.
  private static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    let words = bytes.count / 8
    for word in 0..<words {
      hash =
        (hash ^ bytes.loadUnaligned(fromByteOffset: word * 8, as: UInt64.self))
        &* 0x0000_0100_0000_01B3
      hash ^= hash >> 29
    }
    for byte in bytes[(words * 8)...] { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    return hash
  }
}

extension Dataset {
  fileprivate func label(_ row: Int) -> Int32 {
    labels.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: row * 4, as: Int32.self) }
  }
}
