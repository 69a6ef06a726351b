import LeptonValues
import Testing

import LeptonData

/// Files whose bytes were changed at random are read or refused; nothing traps.
@Suite("Changed bytes")
struct MutationTests {
  struct Format: CustomTestStringConvertible {
    var testDescription: String
    var whole: [UInt8]
    var read: @Sendable ([UInt8]) throws -> Void

    init(_ name: String, _ whole: [UInt8], read: @escaping @Sendable ([UInt8]) throws -> Void) {
      testDescription = name
      self.whole = whole
      self.read = read
    }
  }

  static func formats() throws -> [Format] {
    let image = ImageTests.ramp(width: 24, height: 16, channels: 3)
    let csv = Array("x,\"a \"\"b\"\"\",y\n1,\"two\nlines\",no\n2,b,yes\n".utf8)
    let lines = Array("{\"x\":1,\"y\":\"no\"}\n{\"x\":2,\"y\":\"yes\"}\n".utf8)
    return [
      Format("IDX", try IDX.encode(IDXTests.tensors[0])) { _ = try IDX.decode($0, name: "f") },
      Format("NPY", NPY.encode(NPYTests.tensors[0])) { _ = try NPY.decode($0[...], name: "f") },
      Format("NPZ", NPZTests.archive(NPZTests.files, deflate: true)) {
        _ = try NPZ.decode($0, name: "f")
      },
      Format("gzip", GzipTests.text.gzipped()) { _ = try Gzip.decompress($0, limit: 1 << 20) },
      Format("PNG", try PNG.encode(image)) { _ = try Image.decode($0) },
      Format("JPEG", try JPEG.encode(image)) { _ = try Image.decode($0) },
      Format("CSV", csv) { bytes in
        let folder = try TemporaryFolder()
        _ = try DataSource.open(try folder.write(bytes, as: "f.csv"))
      },
      Format("JSON lines", lines) { bytes in
        let folder = try TemporaryFolder()
        _ = try DataSource.open(try folder.write(bytes, as: "f.jsonl"))
      },
    ]
  }

  @Test("are read or refused with a typed error", arguments: try formats())
  func mutations(format: Format) throws {
    try format.read(format.whole)
    var random = SeededGenerator(seed: 77)
    var refused = 0
    for _ in 0..<300 {
      var bytes = format.whole
      for _ in 0...random.below(3) {
        let value = [0, 1, 0x22, 0x7F, 0x80, 0xFF, UInt8(random.below(256))][random.below(7)]
        // Half of the changes fall into the first bytes, where the headers are.
        bytes[random.below(random.below(2) == 0 ? min(64, bytes.count) : bytes.count)] = value
      }
      do { try format.read(bytes) } catch is LeptonError { refused += 1 }
    }
    #expect(refused > 0)
  }
}
