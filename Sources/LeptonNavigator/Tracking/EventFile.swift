package import Foundation
import LeptonValues
import SwiftProtobuf

/// A file of curves that TensorBoard shows: a record for each step with scalars by name.
///
/// A record is its length, that length's checksum, the bytes of an `Event` and their checksum; checksums are CRC-32C,
/// rotated by 15 bits, plus 0xA282EAD8. A file whose last record was cut short is readable up to there.
/// See TensorFlow, "TFRecord and tf.train.Example" and `tensorflow/core/util/event.proto`.
package struct EventFile {
  /// What the names of all such files begin with.
  package static let prefix = "events.out.tfevents"

  private let handle: FileHandle
  private let url: URL

  /// Starts a file in `folder`, named as TensorBoard looks for them.
  package init(in folder: URL) throws {
    let name =
      "\(Self.prefix).\(Int(Date.now.timeIntervalSince1970)).lepton.\(getpid()).0"
    url = folder.appendingPathComponent(name)
    guard FileManager.default.createFile(atPath: url.path, contents: nil),
      let handle = FileHandle(forWritingAtPath: url.path)
    else {
      throw LeptonError(.io, "the file cannot be written", at: url.path, fix: "check the folder")
    }
    self.handle = handle
    try append(.with { $0.fileVersion = "brain.Event:2" })
  }

  package func append(_ scalars: [(tag: String, value: Double)], step: Int) throws {
    try append(
      .with {
        $0.step = Int64(step)
        $0.summary.value = scalars.map { scalar in
          .with {
            $0.tag = scalar.tag
            $0.simpleValue = Float(scalar.value)
          }
        }
      })
  }

  private func append(_ event: Lepton_Tracking_Event) throws {
    var event = event
    event.wallTime = Date.now.timeIntervalSince1970
    try LeptonError.whenWriting(url.path) {
      let bytes: [UInt8] = try event.serializedBytes()
      try handle.write(contentsOf: Self.record(bytes))
    }
  }

  private static func record(_ bytes: [UInt8]) -> [UInt8] {
    let length = littleEndian(UInt64(bytes.count))
    return length + littleEndian(CRC32C.masked(length)) + bytes
      + littleEndian(CRC32C.masked(bytes))
  }

  private static func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }
}
