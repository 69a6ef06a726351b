import Foundation
import LeptonData
import LeptonValues
import Testing

import LeptonFormats

@Suite struct GGUFTests {
  @Test("Every type that is read has the elements that its own package sees")
  func types() throws {
    let weights = try GGUF.weights(Golden.path("types.gguf"))
    let expected = try NPZ.read(Golden.path("gguf.npz"))
    #expect(weights.tensors.keys.sorted() == expected.keys.sorted())
    for (name, tensor) in expected {
      #expect(weights.tensors[name]?.converted(to: .f64) == tensor.converted(to: .f64), "\(name)")
    }
    #expect(weights.metadata["general.architecture"] == "llama")
    #expect(weights.metadata["list"] == "3 values" && weights.widened["q4_0"] == "Q4_0")
  }

  @Test("What is written is read")
  func written() throws {
    let folder = try ScratchFolder()
    let tensors = SafeTensorsTests.tensors.filter {
      $0.key != "bits" && $0.key != "empty" && $0.key != "scalar"
    }
    try GGUF.write(tensors, metadata: ["a": "b"], to: folder.path("x.gguf"))
    let read = try GGUF.weights(folder.path("x.gguf"))
    #expect(read.tensors == tensors && read.metadata["a"] == "b")
    #expect(throws: LeptonError.self) {
      try GGUF.write(SafeTensorsTests.tensors, to: folder.path("y.gguf"))
    }
  }

  /// A file of one pair of metadata and one tensor of two floats, each part as it is said to be.
  static func file(
    magic: String = "GGUF", version: UInt64 = 3, tensors: UInt64 = 1, pairs: UInt64 = 1,
    keySize: UInt64? = nil, key: String = "general.alignment", type: UInt64 = 4, value: UInt64 = 32,
    name: String = "x", rank: UInt64 = 1, extent: UInt64 = 2, code: UInt64 = 0, offset: UInt64 = 0,
    repeatsKey: Bool = false, repeatsTensor: Bool = false, body: Int = 8
  ) -> [UInt8] {
    func number(_ value: UInt64, _ width: Int) -> [UInt8] {
      (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
    }
    var bytes = Array(magic.utf8) + number(version, 4) + number(tensors, 8) + number(pairs, 8)
    let pair =
      number(keySize ?? UInt64(key.utf8.count), 8) + Array(key.utf8) + number(type, 4)
      + number(value, 4)
    bytes += pair + (repeatsKey ? pair : [])
    let tensor =
      number(UInt64(name.utf8.count), 8) + Array(name.utf8) + number(rank, 4)
      + (0..<min(rank, 8)).flatMap { _ in number(extent, 8) } + number(code, 4) + number(offset, 8)
    bytes += tensor + (repeatsTensor ? tensor : [])
    let alignment =
      type == 4 && value > 0 && value < 4096 && key == "general.alignment" ? Int(value) : 32
    bytes += [UInt8](repeating: 0, count: (alignment - bytes.count % alignment) % alignment)
    return bytes + [UInt8](repeating: 0, count: body)
  }

  static let hostile: [(String, [UInt8])] = [
    ("another magic", file(magic: "FUGG")), ("version 0", file(version: 0)),
    ("version 1", file(version: 1)), ("version 4", file(version: 4)),
    ("big-endian", file(version: 0x0300_0000)), ("2^64 - 1 tensors", file(tensors: .max)),
    ("2^64 - 1 pairs", file(pairs: .max)), ("a key of 2^64 - 1 bytes", file(keySize: .max)),
    ("an empty key", file(key: "")), ("a value of unknown type", file(type: 13)),
    ("a key twice", file(pairs: 2, repeatsKey: true)), ("alignment 13", file(value: 13)),
    ("alignment 0", file(value: 0)), ("alignment as a signed number", file(type: 5)),
    ("a long name", file(name: String(repeating: "n", count: 64))),
    ("an empty name", file(name: "")),
    ("five axes", file(rank: 5)), ("no axes", file(rank: 0)),
    ("a negative extent", file(extent: .max)),
    ("an extent too large", file(extent: 0x7FFF_FFFF_FFFF_FFC0)),
    ("bytes that overflow", file(rank: 2, extent: 1 << 32)), ("an unknown type", file(code: 5)),
    ("a type that is not read", file(code: 16)),
    ("a type of blocks that do not divide", file(code: 8)),
    ("an offset that is not aligned", file(offset: 4)),
    ("an offset behind the end", file(offset: 1 << 40)),
    ("a name twice", file(tensors: 2, repeatsTensor: true)),
    ("no elements", file(body: 0)), ("a truth value of 2", file(key: "k", type: 7, value: 2)),
  ]

  @Test("What is damaged or hostile is refused with the byte", arguments: hostile)
  func refusals(name: String, bytes: [UInt8]) throws {
    let error = #expect(throws: LeptonError.self, "\(name)") {
      try GGUF.weights(ByteSource(bytes, name: "f.gguf"))
    }
    #expect(error?.kind == .badInput)
    #expect(error?.place.hasPrefix("f.gguf, byte ") == true, "\(error.map { "\($0)" } ?? "")")
  }

  @Test("Unusual files that are right are read")
  func unusual() throws {
    func read(_ bytes: [UInt8]) throws -> WeightSet {
      try GGUF.weights(ByteSource(bytes, name: "f"))
    }
    #expect(try read(Self.file()).tensors["x"]?.shape == [2])
    #expect(try read(Self.file(value: 1)).tensors["x"]?.shape == [2])
    #expect(try read(Self.file(extent: 0, body: 0)).tensors["x"]?.elementCount == 0)
  }
}
