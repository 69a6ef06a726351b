internal import Foundation
import LeptonValues

/// The bytes of a model file, in memory or on disk, looked at one by one or copied in pieces: the elements of a tensor go
/// from the disk to where they stay.
final class ModelBytes {
  private let source: ByteSource
  /// What was last looked at byte by byte.
  private var window: [UInt8] = []
  private var windowStart = 0

  init(_ data: Data) { source = ByteSource([UInt8](data), name: "") }

  /// Errors name no place: whoever reads a model knows it.
  init(contentsOf url: URL) throws { source = try ByteSource(url.path, name: "") }

  var count: Int { source.count }

  /// Fills `target` with what begins at `position`.
  func read(from position: Int, into target: UnsafeMutableRawBufferPointer) throws {
    try source.read(from: position, into: target)
  }

  func data(_ range: Range<Int>) throws -> Data {
    var data = Data(count: range.count)
    try data.withUnsafeMutableBytes { try read(from: range.lowerBound, into: $0) }
    return data
  }

  /// The byte at a position below `count`.
  func byte(at position: Int) throws -> UInt8 {
    if position < windowStart || position >= windowStart + window.count {
      windowStart = position
      window = try source.bytes(position..<min(position + 4096, count))
    }
    return window[position - windowStart]
  }
}
