internal import Foundation
import LeptonValues

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The bytes of a model file, in memory or on disk, read part by part: the elements of a tensor go from the disk to where they
/// stay. A file that shrinks meanwhile is an error, which memory mapped from it could not report.
final class ModelBytes {
  let count: Int
  private let source: Source
  /// What was last looked at byte by byte.
  private var window = Data()
  private var windowStart = 0

  private enum Source {
    case memory(Data)
    case file(Int32)
  }

  init(_ data: Data) {
    source = .memory(data)
    count = data.count
  }

  init(contentsOf url: URL) throws {
    let descriptor = open(url.path, O_RDONLY | O_CLOEXEC)
    var facts = stat()
    guard descriptor >= 0, fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else {
      if descriptor >= 0 { close(descriptor) }
      throw LeptonError(.io, "the file cannot be read", fix: "check the path")
    }
    source = .file(descriptor)
    count = Int(facts.st_size)
  }

  deinit {
    if case .file(let descriptor) = source { close(descriptor) }
  }

  /// Fills `target` with what begins at `position`.
  func read(from position: Int, into target: UnsafeMutableRawBufferPointer) throws {
    switch source {
    case .memory(let data):
      let start = data.startIndex + position
      data.copyBytes(to: target, from: start..<(start + target.count))
    case .file(let descriptor):
      var done = 0
      while done < target.count {
        let more = pread(
          descriptor, target.baseAddress! + done, target.count - done, off_t(position + done))
        if more < 0, errno == EINTR { continue }
        guard more > 0 else {
          throw LeptonError(
            .io, "the file ends or fails at byte \(position + done)", fix: "copy it again")
        }
        done += more
      }
    }
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
      window = try data(position..<min(position + 4096, count))
    }
    return window[window.startIndex + position - windowStart]
  }
}
