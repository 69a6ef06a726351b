import Foundation
import LeptonData
import LeptonValues
import Testing

import LeptonFormats

@Suite struct SafeTensorsTests {
  static let tensors: [String: TensorData] = [
    "a.weight": TensorData([1, -2.5, .infinity] as [Float], shape: [3]),
    "b": TensorData([1, 2, 3, 4, 5, 6] as [Int64], shape: [2, 3]),
    "scalar": TensorData(scalar: 0.1),
    "bits": TensorData([true, false, true], shape: [3, 1]),
    "empty": TensorData([] as [UInt8], shape: [0, 4]),
    "half": TensorData([0.5, 2], as: TensorType(.bf16, [2])),
  ]

  @Test("Tensors of every type come back as they were, from equal bytes")
  func roundTrip() throws {
    let bytes = try SafeTensors.encode(Self.tensors)
    #expect(try SafeTensors.decode(bytes) == Self.tensors)
    #expect(try SafeTensors.encode(Self.tensors) == bytes)
  }

  @Test("The bytes are those of the format")
  func format() throws {
    let bytes = try SafeTensors.encode(["x": TensorData([1] as [Float], shape: [1])])
    let header = #"{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#
    #expect(bytes.first == 56)
    #expect(String(decoding: bytes[8..<64], as: UTF8.self) == header + "  ")
    #expect(Array(bytes[64...]) == [0, 0, 0x80, 0x3F])
  }

  @Test("Every type of the reference is read, widened where memory has none")
  func types() throws {
    let weights = try SafeTensors.weights(Golden.path("types.safetensors"))
    let expected: [String: [Double]] = [
      "plain": [1, -2.5, 3.25, .infinity], "half": [0.5, -65504, 5.9604644775390625e-8],
      "brain": [1.5, -3], "double": [0.1], "bytes": [0, 255, 7], "signed": [-128, 127],
      "short": [-32768, 32767], "word": [0, 65535], "int": [-2_147_483_648, 2_147_483_647],
      "unsigned": [0, 4_294_967_295], "long": [-0x1p63, 0x1p63], "bits": [1, 0, 1],
      "e4m3": [0, 448, -0.001953125, 1.125], "e5m2": [57344, -0.25], "empty": [],
    ]
    #expect(weights.tensors.mapValues(\.doubles) == expected)
    #expect(weights.tensors["empty"]?.shape == [0, 3])
    #expect(weights.metadata == ["format": "pt"])
    #expect(weights.widened["e4m3"] == "F8_E4M3" && weights.widened["plain"] == nil)
  }

  @Test("A file is as the reference writes it, with its metadata and its order of tensors")
  func reference() throws {
    let types: Set<DType> = [.f32, .bf16, .f64, .u8, .i8, .i32, .i64, .bool]
    let whole = try SafeTensors.weights(Golden.path("types.safetensors"))
    let kept = whole.tensors.filter {
      whole.widened[$0.key] == nil && types.contains($0.value.dtype)
    }
    let folder = try ScratchFolder()
    try SafeTensors.write(kept, metadata: whole.metadata, to: folder.path("x.safetensors"))
    let again = try SafeTensors.weights(folder.path("x.safetensors"))
    #expect(again.tensors == kept && again.metadata == whole.metadata)
    let header = String(
      decoding: try Data(contentsOf: folder.url.appendingPathComponent("x.safetensors"))[8...],
      as: UTF8.self)
    let order = ["long", "double", "plain", "int", "brain", "signed", "bytes", "bits"]
    let places = order.compactMap { header.range(of: "\"\($0)\":{")?.lowerBound }
    #expect(places.count == order.count && places == places.sorted())
  }

  /// A file of a header and so many bytes.
  static func file(_ header: String, _ body: Int, length: UInt64? = nil) -> [UInt8] {
    let text = Array(header.utf8)
    let count = length ?? UInt64(text.count)
    return withUnsafeBytes(of: count.littleEndian) { Array($0) } + text
      + [UInt8](repeating: 0, count: body)
  }

  static let deep = String(repeating: "[", count: 100_000)

  /// What the reference refuses, and what is refused here besides.
  static let hostile: [(String, [UInt8])] = [
    ("empty file", []),
    ("seven bytes", [UInt8](repeating: 0, count: 7)),
    ("no header", file("", 0)),
    ("header longer than the file", file("{}", 0, length: 3)),
    ("header of 2^64 - 1", file("{}", 0, length: .max)),
    ("header of 100,000,001", file("{}", 0, length: 100_000_001)),
    ("not UTF-8", file("", 0, length: 1) + [0xFF]),
    ("half a header", file("{", 0)),
    ("deep nesting", file("{\"a\":\(deep)", 0)),
    (
      "a name twice",
      file(
        #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#,
        2)
    ),
    (
      "a field twice",
      file(#"{"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#, 1)
    ),
    (
      "overlap",
      file(
        #"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}"#,
        3)
    ),
    (
      "hole",
      file(
        #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}"#,
        3)
    ),
    ("trailing byte", file(#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#, 2)),
    ("short by one", file(#"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}"#, 1)),
    ("reversed offsets", file(#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,0]}}"#, 1)),
    (
      "shape overflow",
      file(#"{"a":{"dtype":"F32","shape":[2,9223372036854775807],"data_offsets":[0,4]}}"#, 4)
    ),
    (
      "shape beyond Int",
      file(#"{"a":{"dtype":"F32","shape":[2,18446744073709551614],"data_offsets":[0,4]}}"#, 4)
    ),
    (
      "2^32 x 2^32",
      file(#"{"a":{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0]}}"#, 0)
    ),
    ("unknown type", file(#"{"a":{"dtype":"F128","shape":[1],"data_offsets":[0,16]}}"#, 16)),
    ("type in lower case", file(#"{"a":{"dtype":"f32","shape":[1],"data_offsets":[0,4]}}"#, 4)),
    ("metadata of numbers", file(#"{"__metadata__":{"a":1}}"#, 0)),
    ("negative extent", file(#"{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}}"#, 1)),
    ("fraction", file(#"{"a":{"dtype":"U8","shape":[1.0],"data_offsets":[0,1]}}"#, 1)),
    ("half a byte left over", file(#"{"a":{"dtype":"F4","shape":[1],"data_offsets":[0,1]}}"#, 1)),
    ("unknown field", file(#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":0}}"#, 1)),
    ("empty name", file(#"{"":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#, 1)),
    ("NUL in a name", file(#"{"a\u0000":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#, 1)),
    ("truth value 7", file(#"{"a":{"dtype":"BOOL","shape":[1],"data_offsets":[0,1]}}"#, 0) + [7]),
  ]

  @Test("What is damaged or hostile is refused with the byte", arguments: hostile)
  func refusals(name: String, bytes: [UInt8]) throws {
    let error = #expect(throws: LeptonError.self, "\(name)") {
      try SafeTensors.weights(ByteSource(bytes, name: "f.safetensors"))
    }
    #expect(error?.kind == .badInput)
    #expect(
      error?.place.hasPrefix("f.safetensors, byte ") == true, "\(error.map { "\($0)" } ?? "")")
  }

  @Test("Unusual files that are right are read")
  func unusual() throws {
    func read(_ bytes: [UInt8]) throws -> [String: TensorData] {
      try SafeTensors.weights(ByteSource(bytes, name: "f")).tensors
    }
    #expect(try read(Self.file("{}", 0)).isEmpty)
    #expect(try read(Self.file("{}   ", 0)).isEmpty)
    let fours = try read(
      Self.file(#"{"a":{"dtype":"F4","shape":[4],"data_offsets":[0,2]}}"#, 0) + [0x21, 0xF7])
    #expect(fours["a"]?.floats == [0.5, 1, 6, -6])
    let scalar = try read(Self.file(#"{"a":{"dtype":"U8","shape":[],"data_offsets":[0,1]}}"#, 1))
    #expect(scalar["a"]?.shape == [])
  }

  @Test("A million tensors take memory by the size of the file, and more are refused")
  func many() throws {
    let entries = (0..<50_000).map { #""t\#($0)":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}"# }
    let file = Self.file("{" + entries.joined(separator: ",") + "}", 0)
    #expect(try SafeTensors.weights(ByteSource(file, name: "f")).tensors.count == 50_000)
  }
}

@Suite struct SafeTensorsIndexTests {
  /// A model in two files.
  private func shards(_ map: String, total: Int? = 12) throws -> (ScratchFolder, String) {
    let folder = try ScratchFolder()
    try SafeTensors.write(
      ["a": TensorData([1] as [Float], shape: [1])], to: folder.path("m-1.safetensors"))
    try SafeTensors.write(
      ["b": TensorData([2, 3] as [Float], shape: [2])], to: folder.path("m-2.safetensors"))
    let metadata = total.map { #""metadata":{"total_size":\#($0)},"# } ?? ""
    let index = #"{\#(metadata)"weight_map":{\#(map)}}"#
    return (folder, try folder.write(Array(index.utf8), as: "m.safetensors.index.json"))
  }

  @Test("The tensors of all files are those of the index")
  func whole() throws {
    let (folder, index) = try shards(#""a":"m-1.safetensors","b":"m-2.safetensors""#)
    defer { withExtendedLifetime(folder) {} }
    let weights = try WeightSet(index, format: FileFormat(of: index))
    #expect(weights.tensors.mapValues(\.floats) == ["a": [1], "b": [2, 3]])
  }

  @Test(
    "An index that does not fit its files is refused",
    arguments: [
      #""a":"m-1.safetensors","b":"m-3.safetensors""#,
      #""a":"m-1.safetensors","b":"m-1.safetensors""#,
      #""a":"m-1.safetensors","b":"../m-2.safetensors""#,
      #""a":"m-1.safetensors","b":"/etc/passwd""#,
      #""a":"m-1.safetensors","b":"m.safetensors.index.json""#,
      #""a":"m-1.safetensors""#,
      #""a":"m-1.safetensors","a":"m-2.safetensors""#,
      #""a":"m-1.safetensors","b":"m-2.safetensors","c":"m-2.safetensors""#,
    ])
  func wrong(map: String) throws {
    let (folder, index) = try shards(map, total: map.contains("\"b\"") ? 12 : nil)
    defer { withExtendedLifetime(folder) {} }
    if map == #""a":"m-1.safetensors""# {
      #expect(try SafeTensors.weights(index).tensors.count == 1)
    } else {
      #expect(throws: LeptonError.self) { try SafeTensors.weights(index) }
    }
  }

  @Test("A total size that is not that of the tensors is refused")
  func total() throws {
    let (folder, index) = try shards(#""a":"m-1.safetensors","b":"m-2.safetensors""#, total: 13)
    defer { withExtendedLifetime(folder) {} }
    let error = #expect(throws: LeptonError.self) { try SafeTensors.weights(index) }
    #expect(error?.what.contains("13") == true)
  }
}
