import LeptonValues
import Testing

import LeptonData

@Suite("Zip archives") struct ZipTests {
  /// A stored archive with its sizes and names as they are said to be.
  struct Entry {
    var name = "a"
    var contents: [UInt8] = [1, 2, 3]
    var said: Int?
    var offset: Int?
    var flags = 0
    var method = 0
    var attributes = 0
  }

  static func archive(_ entries: [Entry], count: Int? = nil) -> [UInt8] {
    func number(_ value: Int, _ width: Int) -> [UInt8] {
      (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    var body: [UInt8] = []
    var directory: [UInt8] = []
    for entry in entries {
      let said = entry.said ?? entry.contents.count
      let common =
        number(entry.flags, 2) + number(entry.method, 2) + number(0, 4)
        + number(Gzip.checksum(entry.contents[...]), 4) + number(entry.contents.count, 4)
        + number(said, 4) + number(entry.name.utf8.count, 2) + number(0, 2)
      directory +=
        number(0x0201_4B50, 4) + number(0x031E, 2) + number(20, 2) + common + number(0, 6)
        + number(entry.attributes, 4) + number(entry.offset ?? body.count, 4)
        + Array(entry.name.utf8)
      body +=
        number(0x0403_4B50, 4) + number(20, 2) + common + Array(entry.name.utf8) + entry.contents
    }
    let said = count ?? entries.count
    return body + directory + number(0x0605_4B50, 4) + number(0, 4) + number(said, 2)
      + number(said, 2)
      + number(directory.count, 4) + number(body.count, 4) + number(0, 2)
  }

  @Test("An honest archive is read")
  func honest() throws {
    let archive = try ZipArchive(
      ByteSource(Self.archive([Entry(), Entry(name: "b/c")]), name: "z"))
    #expect(archive.entries.map(\.name) == ["a", "b/c"])
    #expect(try archive.contents(of: archive.entries[1]) == [1, 2, 3])
  }

  static let hostile: [(String, [UInt8])] = [
    ("a name that leads up", archive([Entry(name: "../x")])),
    ("a name that leads up from inside", archive([Entry(name: "a/../../x")])),
    ("an absolute name", archive([Entry(name: "/etc/passwd")])),
    ("a name with a backslash", archive([Entry(name: "..\\x")])),
    ("a name with a NUL", archive([Entry(name: "a\0")])),
    ("an empty name", archive([Entry(name: "")])),
    ("a name twice", archive([Entry(), Entry()])),
    ("entries that share bytes", archive([Entry(), Entry(name: "b", offset: 0)])),
    ("a link", archive([Entry(attributes: 0xA1FF_0000)])),
    ("encryption", archive([Entry(flags: 1)])),
    ("an offset behind the end", archive([Entry(offset: 1 << 30)])),
    ("more entries than there are", archive([Entry()], count: 2)),
    ("fewer entries than there are", archive([Entry(), Entry(name: "b")], count: 1)),
    ("a bomb", archive([Entry(said: 1 << 30, method: 8)])),
    (
      "a bomb of many entries",
      archive((0..<64).map { Entry(name: "\($0)", said: 1 << 24, method: 8) })
    ),
  ]

  @Test("An archive that says more than it is, is refused", arguments: hostile)
  func refusals(name: String, bytes: [UInt8]) throws {
    let error = #expect(throws: LeptonError.self, "\(name)") {
      try ZipArchive(ByteSource(bytes, name: "z"))
    }
    #expect(error?.kind == .badInput)
  }

  @Test("Contents that are not what the directory says are refused")
  func contents() throws {
    for entry in [Entry(said: 4), Entry(method: 8), Entry(method: 99)] {
      let archive = try ZipArchive(ByteSource(Self.archive([entry]), name: "z"))
      #expect(throws: LeptonError.self) { try archive.contents(of: archive.entries[0]) }
    }
    var damaged = Self.archive([Entry()])
    damaged[31] ^= 1
    let archive = try ZipArchive(ByteSource(damaged, name: "z"))
    #expect(throws: LeptonError.self) { try archive.contents(of: archive.entries[0]) }
  }
}
