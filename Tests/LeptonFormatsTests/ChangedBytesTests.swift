import LeptonData
import LeptonValues
import Testing

import LeptonFormats

/// Files of every format with bytes changed: each gives a value or a typed error, and takes no more memory than it justifies.
@Suite("Changed bytes of models and weights")
struct ChangedBytesTests {
  struct Format: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let whole: [UInt8]
    let read: @Sendable (ByteSource) throws -> Void

    init(_ name: String, _ whole: [UInt8], _ read: @escaping @Sendable (ByteSource) throws -> Void)
    {
      (testDescription, self.whole, self.read) = (name, whole, read)
    }

    /// Whether the bytes are read; anything but a value or a `LeptonError` fails the test.
    func accepts(_ bytes: [UInt8]) throws -> Bool {
      do {
        try read(ByteSource(bytes, name: "f"))
        return true
      } catch let error as LeptonError {
        #expect(error.kind == .badInput, "\(error)")
        return false
      }
    }
  }

  static func formats() throws -> [Format] {
    [
      Format("safetensors", try Golden.bytes("types.safetensors")) {
        _ = try SafeTensors.weights($0)
      },
      Format("pt", try Golden.bytes("views.pt")) { _ = try PyTorchFile.weights($0) },
      Format("tflite, float", try Golden.bytes("network.tflite")) { _ = try TFLiteFile.model($0) },
      Format("tflite, int8", try Golden.bytes("integers.tflite")) { _ = try TFLiteFile.model($0) },
      Format("tflite, operators", try Golden.bytes("operators.tflite")) {
        _ = try TFLiteFile.model($0)
      },
      Format("gguf", try Golden.bytes("types.gguf")) { _ = try GGUF.weights($0) },
      Format("npz", try Golden.bytes("network.npz")) { _ = try NPZ.decode($0) },
    ]
  }

  @Test("Whole files are read, and cut at any byte they are refused", arguments: try formats())
  func truncation(format: Format) throws {
    #expect(try format.accepts(format.whole))
    let step = max(1, format.whole.count / 1500)
    for count in stride(from: 0, to: format.whole.count, by: step) {
      _ = try format.accepts(Array(format.whole[..<count]))
    }
    #expect(try !format.accepts(Array(format.whole.dropLast(format.whole.count / 2))))
  }

  @Test("Every byte inverted", arguments: try formats())
  func inversion(format: Format) throws {
    let step = max(1, format.whole.count / 3000)
    for place in stride(from: 0, to: format.whole.count, by: step) {
      var bytes = format.whole
      bytes[place] ^= 0xFF
      _ = try format.accepts(bytes)
    }
  }

  @Test("Numbers of 32 and 64 bits at their extremes, everywhere", arguments: try formats())
  func extremes(format: Format) throws {
    let extremes: [[UInt8]] = [
      [0xFF, 0xFF, 0xFF, 0x7F], [0, 0, 0, 0x80], [0xFF, 0xFF, 0xFF, 0xFF], [0, 0, 0, 0],
      [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], [0, 0, 0, 0, 0, 0, 0, 0x80],
      [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
    ]
    let step = max(1, format.whole.count / 500)
    for place in stride(from: 0, to: format.whole.count - 8, by: step) {
      for extreme in extremes {
        var bytes = format.whole
        bytes.replaceSubrange(place..<(place + extreme.count), with: extreme)
        _ = try format.accepts(bytes)
      }
    }
  }

  @Test("Many changes at random, from a seed", arguments: try formats())
  func random(format: Format) throws {
    var random = SeededGenerator(seed: 11)
    var refused = 0
    for _ in 0..<1500 {
      var bytes = format.whole
      for _ in 0...random.below(4) {
        let place = random.below(bytes.count)
        switch random.below(4) {
        case 0: bytes[place] = UInt8(random.below(256))
        case 1: bytes[place] ^= 1 << UInt8(random.below(8))
        case 2: bytes[place] = [0, 1, 0x7F, 0x80, 0xFF][random.below(5)]
        default:
          // A piece from elsewhere.
          let count = min(1 + random.below(16), bytes.count - place)
          let from = random.below(bytes.count - count + 1)
          bytes.replaceSubrange(place..<(place + count), with: bytes[from..<(from + count)])
        }
      }
      if try !format.accepts(bytes) { refused += 1 }
    }
    #expect(refused > 0)
  }
}
