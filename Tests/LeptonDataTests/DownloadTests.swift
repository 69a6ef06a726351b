import Foundation
import LeptonValues
import Testing

import LeptonData

@Suite("Downloads", .serialized)
struct DownloadTests {
  static let file = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 * 31 >> 4) }

  /// Serves `file` for the time of a test.
  private func withServer(
    _ manner: LoopbackServer.Manner = .init(), _ body: (LoopbackServer, String) throws -> Void
  ) throws {
    let server = try LoopbackServer(["/d/f.bin": Self.file], manner)
    defer { server.stop() }
    try body(server, "http://127.0.0.1:\(server.port)/d/f.bin")
  }

  private func download(_ address: String, sha256: String? = nil) throws -> Download {
    try Download(
      from: address, bytes: Self.file.count, sha256: sha256 ?? SHA256.hex(of: Self.file),
      attempts: 3, patience: 5)
  }

  @Test("a file arrives whole under its name")
  func whole() throws {
    let folder = try TemporaryFolder()
    try withServer { _, address in
      try download(address).run(to: "\(folder.path)/f.bin")
    }
    #expect(try FileBytes.read("\(folder.path)/f.bin") == Self.file)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["f.bin"])
  }

  @Test("a connection that breaks is taken up where it stopped", arguments: [true, false])
  func broken(honoursRanges: Bool) throws {
    let folder = try TemporaryFolder()
    let manner = LoopbackServer.Manner(
      honoursRanges: honoursRanges, breaksAfter: 100_000, breaks: 2)
    try withServer(manner) { server, address in
      try download(address).run(to: "\(folder.path)/f.bin")
      #expect(server.ranges.count == 3)
      #expect(server.ranges[1]?.lowercased() == "range: bytes=100000-")
    }
    #expect(try FileBytes.read("\(folder.path)/f.bin") == Self.file)
  }

  @Test("what an interrupted run has left is not fetched again")
  func resumed() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/f.bin"
    try FileBytes.write(Array(Self.file.prefix(200_000)), to: Download.partial(of: path))
    try withServer { server, address in
      try download(address).run(to: path)
      #expect(server.ranges.map { $0?.lowercased() } == ["range: bytes=200000-"])
    }
    #expect(try FileBytes.read(path) == Self.file)
  }

  @Test("a file that is another is refused and leaves nothing, also where its start was another's")
  func wrong() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/f.bin"
    try FileBytes.write([UInt8](repeating: 7, count: 1000), to: Download.partial(of: path))
    try withServer { _, address in
      let error = #expect(throws: LeptonError.self) { try download(address).run(to: path) }
      #expect(error?.kind == .badInput)
      #expect(error?.what.contains("SHA-256") == true)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
      try download(address).run(to: path)
    }
    #expect(try FileBytes.read(path) == Self.file)
  }

  @Test("a server that has no such file, or is not there, is an error of input and output")
  func absent() throws {
    let folder = try TemporaryFolder()
    try withServer(.init(status: 503)) { _, address in
      let error = #expect(throws: LeptonError.self) {
        try download(address).run(to: "\(folder.path)/f.bin")
      }
      #expect(error?.kind == .io)
      #expect(error?.what.contains("503") == true)
    }
    let error = #expect(throws: LeptonError.self) {
      try download("http://127.0.0.1:1/f.bin").run(to: "\(folder.path)/f.bin")
    }
    #expect(error?.kind == .io)
    #expect(throws: LeptonError.self) { try download("ftp://x/f.bin") }
  }

  @Test("names are known by their nearest; files that are there are not fetched")
  func catalogue() throws {
    let error = #expect(throws: LeptonError.self) { try DataCatalogue.named("fashion_mnist") }
    #expect(error?.fix == "did you mean \"fashion-mnist\"?")
    let folder = try TemporaryFolder()
    var tiny = try DataCatalogue.named("mnist")
    tiny.files = [
      .init("f.bin", bytes: Self.file.count, sha256: SHA256.hex(of: Self.file))
    ]
    try withServer { server, address in
      let mirror = String(address.dropLast("f.bin".count))
      try tiny.fetch(to: "\(folder.path)/mnist", mirror: mirror)
      try tiny.fetch(to: "\(folder.path)/mnist", mirror: mirror)
      #expect(server.ranges.count == 1)
    }
  }
}

@Suite("CIFAR-10")
struct CIFAR10Tests {
  private func record(_ label: UInt8) -> [UInt8] {
    [label] + (0..<3072).map { UInt8(truncatingIfNeeded: $0 / 1024 * 100 + Int(label)) }
  }

  @Test("records become images with planes of red, green and blue")
  func records() throws {
    let folder = try TemporaryFolder()
    for batch in 1...5 { try folder.write(record(UInt8(batch)), as: "data_batch_\(batch).bin") }
    try folder.write(record(0) + record(9), as: "test_batch.bin")
    try folder.write((0..<10).map { "class\($0)\n" }.joined() + "\n", as: "batches.meta.txt")
    let data = try DataSource.open(folder.path)
    #expect(data.train.labels.array(of: Int32.self) == [1, 2, 3, 4, 5])
    #expect(data.test?.count == 2)
    #expect(data.train.classes[3] == "class3")
    #expect(data.train.example(at: 1).features.array(of: UInt8.self)[1024] == 102)
    try folder.write(Array(record(3).dropLast()), as: "data_batch_3.bin")
    #expect(throws: LeptonError.self) { try DataSource.open(folder.path) }
  }

  @Test("a tar archive gives its files by their last name; one that is damaged is refused")
  func tar() throws {
    func entry(_ name: String, _ content: String, type: Character = "0") -> [UInt8] {
      var header = [UInt8](repeating: 0, count: 512)
      func put(_ text: String, at offset: Int) {
        for (index, byte) in text.utf8.enumerated() { header[offset + index] = byte }
      }
      put(name, at: 0)
      put(String(content.utf8.count, radix: 8), at: 124)
      put("        ", at: 148)
      put(String(type), at: 156)
      put(String(header.reduce(0) { $0 + Int($1) }, radix: 8), at: 148)
      header[154] = 0
      let padding = (512 - content.utf8.count % 512) % 512
      return header + Array(content.utf8) + [UInt8](repeating: 0, count: padding)
    }
    let whole =
      entry("../../a.txt", "one") + entry("d/", "", type: "5")
      + entry("d/b.txt", String(repeating: "x", count: 700)) + [UInt8](repeating: 0, count: 1024)
    let folder = try TemporaryFolder()
    for bytes in [whole, whole.gzipped()] {
      var archive = try Tar(try folder.write(bytes, as: "t.tar"))
      let first = try archive.next()
      #expect(first?.name == "a.txt")
      #expect(first.map { String(decoding: $0.bytes, as: UTF8.self) } == "one")
      let second = try archive.next()
      #expect(second?.name == "b.txt")
      #expect(second?.bytes.count == 700)
      #expect(try archive.next() == nil)
    }
    var short = try Tar(try folder.write(Array(whole.prefix(600)), as: "s.tar"))
    #expect(throws: LeptonError.self) { try short.next() }
    var wrong = try Tar(try folder.write([1] + whole.dropFirst(), as: "w.tar"))
    #expect(throws: LeptonError.self) { try wrong.next() }
  }
}
