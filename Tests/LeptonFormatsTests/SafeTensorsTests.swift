import Foundation
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

  @Test("No truncation and no flipped byte of the header crashes the reader")
  func damage() throws {
    let bytes = try SafeTensors.encode(Self.tensors)
    for count in stride(from: 0, to: bytes.count, by: 3) {
      #expect(throws: LeptonError.self) { try SafeTensors.decode(bytes.prefix(count)) }
    }
    for position in 0..<200 {
      var changed = bytes
      changed[position] ^= 0x15
      _ = try? SafeTensors.decode(changed)
    }
  }
}
