package import LeptonValues

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file under construction, written from its beginning to its end.
package final class FileSink {
  private var file: UnsafeMutablePointer<FILE>?
  /// Of a file in memory.
  private var collected: [UInt8]?
  private let name: String
  /// Bytes written so far.
  package private(set) var position = 0

  /// - Parameter name: what errors call it.
  init(_ path: String, named name: String) throws {
    self.name = name
    file = fopen(path, "wb")
    if file == nil { throw LeptonError.system("cannot be created", name) }
  }

  private init() {
    name = "memory"
    collected = []
  }

  deinit { if let file { fclose(file) } }

  /// The bytes of a file that is made in memory.
  package static func collecting(_ body: (FileSink) throws -> Void) rethrows -> [UInt8] {
    let sink = FileSink()
    try body(sink)
    return sink.collected ?? []
  }

  package func write(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try write($0) } }

  package func write(_ piece: FilePiece) throws { try piece.withUnsafeBytes { try write($0) } }

  package func write(_ bytes: UnsafeRawBufferPointer) throws {
    position += bytes.count
    collected?.append(contentsOf: bytes)
    guard let file, let base = bytes.baseAddress, !bytes.isEmpty else { return }
    guard fwrite(base, 1, bytes.count, file) == bytes.count else {
      throw LeptonError.system("cannot be written", name)
    }
  }

  /// Everything is on the disk when this returns.
  func close() throws {
    guard let file else { return }
    self.file = nil
    let flushed = fflush(file) == 0 && fsync(fileno(file)) == 0
    let error = errno
    guard fclose(file) == 0, flushed else {
      errno = error
      throw LeptonError.system("cannot be written", name)
    }
  }
}

/// Part of a file that is yet to be written: elements stay where they are until then.
package enum FilePiece: Sendable {
  case bytes([UInt8])
  case elements(TensorData)

  package var count: Int {
    switch self {
    case .bytes(let bytes): bytes.count
    case .elements(let tensor): tensor.type.byteCount
    }
  }

  func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    switch self {
    case .bytes(let bytes): try bytes.withUnsafeBytes(body)
    case .elements(let tensor):
      try tensor.withUnsafeBytes {
        try body(UnsafeRawBufferPointer(rebasing: $0.prefix(tensor.type.byteCount)))
      }
    }
  }
}
