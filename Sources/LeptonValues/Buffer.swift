#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Owned memory, aligned for vector loads. The one place where the package allocates raw memory.
///
/// A buffer is written by its only owner and shared once written; `TensorData` keeps that rule by
/// copying before a write when the buffer has other owners.
package final class Buffer: @unchecked Sendable {
  package let bytes: UnsafeMutableRawBufferPointer

  /// Uninitialised memory of `byteCount` bytes at a multiple of 64.
  package init(byteCount: Int) {
    let pointer = UnsafeMutableRawPointer.allocate(
      byteCount: Swift.max(byteCount, 1), alignment: 64)
    bytes = UnsafeMutableRawBufferPointer(start: pointer, count: byteCount)
  }

  /// Zeros, at a multiple of 64.
  package convenience init(zeroed byteCount: Int) {
    self.init(byteCount: byteCount)
    bytes.initializeMemory(as: UInt8.self, repeating: 0)
  }

  deinit { bytes.baseAddress?.deallocate() }
}
