import CZlib
import LeptonValues
import Testing

import LeptonData

extension [UInt8] {
  /// Compressed by zlib with a gzip wrapping.
  func gzipped() -> [UInt8] { deflated(windowBits: 31) }

  func deflated(windowBits: Int32) -> [UInt8] {
    var stream = z_stream()
    deflateInit2_(
      &stream, 6, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    defer { deflateEnd(&stream) }
    var input = self
    var output = [UInt8](repeating: 0, count: count * 2 + 1000)
    let produced = input.withUnsafeMutableBufferPointer { input in
      output.withUnsafeMutableBufferPointer { output in
        stream.next_in = input.baseAddress
        stream.avail_in = UInt32(input.count)
        stream.next_out = output.baseAddress
        stream.avail_out = UInt32(output.count)
        deflate(&stream, Z_FINISH)
        return output.count - Int(stream.avail_out)
      }
    }
    return Array(output[..<produced])
  }
}

@Suite("Gzip")
struct GzipTests {
  static let text = [UInt8]((0..<50_000).map { UInt8(truncatingIfNeeded: $0 * $0 >> 3) })

  @Test("what was compressed comes back, from one member or several", arguments: [0, 1, 50_000])
  func roundTrip(count: Int) throws {
    let bytes = Array(Self.text[..<count])
    #expect(try Gzip.decompress(bytes.gzipped()) == bytes)
    #expect(try Gzip.decompress(bytes.gzipped() + [7, 8].gzipped()) == bytes + [7, 8])
  }

  @Test("a stream cut short or damaged is refused")
  func damage() {
    let whole = Self.text.gzipped()
    for count in [2, 9, 11, whole.count / 2, whole.count - 1] {
      #expect(throws: LeptonError.self) { try Gzip.decompress(Array(whole[..<count])) }
    }
    var damaged = whole
    damaged[whole.count - 6] ^= 0xFF
    #expect(throws: LeptonError.self) { try Gzip.decompress(damaged) }
  }

  @Test("expansion stops at the limit")
  func limit() throws {
    let zeros = [UInt8](repeating: 0, count: 1_000_000).gzipped()
    #expect(zeros.count < 2000)
    #expect(try Gzip.decompress(zeros, limit: 1_000_000).count == 1_000_000)
    let error = #expect(throws: LeptonError.self) {
      try Gzip.decompress(zeros, limit: 999_999)
    }
    #expect(error?.what.contains("more than 999999 bytes") == true)
  }
}

@Suite("SHA-256")
struct SHA256Tests {
  @Test(
    "agrees with the examples of FIPS 180-4",
    arguments: [
      ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    ])
  func examples(message: String, digest: String) throws {
    #expect(SHA256.hex(of: Array(message.utf8)) == digest)
    let folder = try TemporaryFolder()
    #expect(try SHA256.hex(ofFile: try folder.write(message, as: "m")) == digest)
  }

  @Test("pieces give the digest of the whole")
  func pieces() {
    var hash = SHA256()
    hash.update([0x61])
    hash.update([0x62, 0x63])
    #expect(hash.hex() == SHA256.hex(of: Array("abc".utf8)))
  }
}

@Suite("Files as a whole")
struct FileBytesTests {
  @Test("a missing file and a folder are input errors that name the path")
  func failures() throws {
    let folder = try TemporaryFolder()
    for path in [folder.path + "/none", folder.path] {
      let error = #expect(throws: LeptonError.self) { try FileBytes.read(path) }
      #expect(error?.kind == .io)
      #expect(error?.place == path)
    }
    #expect(throws: LeptonError.self) { try FileBytes.write([1], to: folder.path + "/no/file") }
  }
}
