import Foundation
import LeptonNavigator
import SwiftProtobuf
import Testing

@Suite("Curves for TensorBoard")
struct TrackingTests {
  @Test("The checksum of the digits is that of RFC 3720's polynomial")
  func checksum() {
    #expect(CRC32C.checksum(Array("123456789".utf8)) == 0xE306_9283)
    // 32 bytes of zeros: RFC 3720, appendix B.4.
    #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
  }

  @Test("A file is records whose lengths and checksums agree, the first naming the version")
  func records() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("events-\(UUID().uuidString)", isDirectory: true)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = try EventFile(in: folder)
    try file.append([("loss/train", 0.5), ("accuracy/train", 0.25)], step: 3)

    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    let name = try #require(names.first { $0.hasPrefix("events.out.tfevents.") })
    var rest = try Array(Data(contentsOf: folder.appendingPathComponent(name)))[...]
    func take(_ count: Int) -> [UInt8] {
      defer { rest = rest.dropFirst(count) }
      return Array(rest.prefix(count))
    }
    func number(_ bytes: [UInt8]) -> UInt64 {
      bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
    var events: [Lepton_Tracking_Event] = []
    while !rest.isEmpty {
      let length = take(8)
      #expect(number(take(4)) == UInt64(CRC32C.masked(length)))
      let bytes = take(Int(number(length)))
      #expect(number(take(4)) == UInt64(CRC32C.masked(bytes)))
      events.append(try Lepton_Tracking_Event(serializedBytes: bytes))
    }
    #expect(events.count == 2)
    #expect(events[0].fileVersion == "brain.Event:2")
    #expect(events[1].step == 3)
    #expect(events[1].summary.value.map(\.tag) == ["loss/train", "accuracy/train"])
    #expect(events[1].summary.value.map(\.simpleValue) == [0.5, 0.25])
  }
}
