import CZlib
import LeptonValues

/// Deflate-compressed bytes (RFC 1951) in their wrappings: gzip (RFC 1952), zlib, or none.
public enum Gzip {
  /// Whether `bytes` start as a gzip member does.
  public static func isGzip(_ bytes: [UInt8]) -> Bool {
    bytes.count >= 2 && bytes[0] == 0x1F && bytes[1] == 0x8B
  }

  /// The file at `path`, decompressed if it is gzip and as it is otherwise.
  ///
  /// - Throws: `LeptonError`: `io` where it cannot be read, `badInput` where it is damaged or
  ///   expands past `limit` bytes.
  public static func readFile(_ path: String, limit: Int = defaultLimit) throws -> [UInt8] {
    let bytes = try FileBytes.read(path)
    return isGzip(bytes) ? try decompress(bytes, limit: limit, name: path) : bytes
  }

  /// Every member of `bytes`, one after the other.
  ///
  /// - Parameters:
  ///   - limit: the most bytes that the result may have; more is refused, so that a small file
  ///     cannot fill the memory.
  ///   - name: what errors call the input.
  public static func decompress(
    _ bytes: [UInt8], limit: Int = defaultLimit, name: String = "gzip data"
  ) throws -> [UInt8] {
    var result: [UInt8] = []
    var offset = 0
    repeat {
      let member = try inflate(
        bytes[offset...], wrapping: .gzip, limit: limit - result.count, name: name)
      if result.isEmpty { result = member.bytes } else { result += member.bytes }
      offset += member.consumed
    } while offset < bytes.count && isGzip(Array(bytes[offset...].prefix(2)))
    return result
  }

  /// 4 GiB.
  public static let defaultLimit = 1 << 32

  /// What stands around the deflate stream; the value is zlib's `windowBits`.
  enum Wrapping: Int32 {
    case gzip = 31
    case raw = -15
  }

  /// The stream at the start of `input`, and how many bytes of `input` it took.
  static func inflate(
    _ input: ArraySlice<UInt8>, wrapping: Wrapping, limit: Int, name: String
  ) throws -> (bytes: [UInt8], consumed: Int) {
    let limit = min(limit, Int.max - 1)
    var stream = z_stream()
    let version = ZLIB_VERSION
    guard
      inflateInit2_(&stream, wrapping.rawValue, version, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else {
      throw LeptonError(.infeasible, "zlib has no memory to decompress", at: name)
    }
    defer { inflateEnd(&stream) }

    return try input.withUnsafeBufferPointer { source in
      var output = [UInt8](repeating: 0, count: max(1, min(limit, 4 * source.count + 1024)))
      var produced = 0
      var consumed = 0
      while true {
        let inputCount = min(source.count - consumed, 1 << 30)
        let outputCount = min(output.count - produced, 1 << 30)
        stream.next_in = UnsafeMutablePointer(mutating: source.baseAddress).map { $0 + consumed }
        stream.avail_in = UInt32(inputCount)
        stream.avail_out = UInt32(outputCount)
        let code = output.withUnsafeMutableBufferPointer { target in
          stream.next_out = target.baseAddress.map { $0 + produced }
          return CZlib.inflate(&stream, Z_NO_FLUSH)
        }
        consumed += inputCount - Int(stream.avail_in)
        produced += outputCount - Int(stream.avail_out)
        if produced > limit { throw expansion(limit, name) }
        switch code {
        case Z_STREAM_END:
          output.removeLast(output.count - produced)
          return (output, consumed)
        case Z_OK, Z_BUF_ERROR:
          if produced == output.count {
            // One byte past the limit is enough to know that the stream does not fit.
            if output.count > limit { throw expansion(limit, name) }
            let grown = min(limit + 1, output.count * 2)
            output.append(contentsOf: repeatElement(0, count: grown - output.count))
          } else if consumed == source.count {
            throw LeptonError(
              .badInput,
              "the compressed data end at byte \(source.count), before the stream is complete",
              at: name, fix: "fetch the file again: it is cut short")
          }
        default:
          let reason = stream.msg.map { String(cString: $0) } ?? "code \(code)"
          throw LeptonError(
            .badInput, "the compressed data are damaged near byte \(consumed): \(reason)",
            at: name, fix: "fetch the file again")
        }
      }
    }
  }

  private static func expansion(_ limit: Int, _ name: String) -> LeptonError {
    LeptonError(
      .badInput, "the data expand to more than \(limit) bytes", at: name,
      fix: "decompress the file beforehand if its size is what you expect")
  }
}

extension Gzip {
  /// The CRC-32 of `bytes`, as gzip and zip keep it.
  package static func checksum(_ bytes: ArraySlice<UInt8>) -> Int {
    bytes.withUnsafeBytes { checksum($0) }
  }

  /// The CRC-32 of all bytes so far, where that of those before is `previous`.
  package static func checksum(_ bytes: UnsafeRawBufferPointer, after previous: Int = 0) -> Int {
    Int(crc32_z(UInt(previous), bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count))
  }
}
