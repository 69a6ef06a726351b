import LeptonValues
import Testing

import LeptonData

@Suite("IDX")
struct IDXTests {
  static let tensors: [TensorData] = [
    TensorData((0..<24).map { UInt8($0) }, shape: [2, 3, 4]),
    TensorData([Int8(-3), 7], shape: [2]),
    TensorData([Int32(-70_000), 1, 2, .max], shape: [2, 2]),
    TensorData([Float(1.5), -0.25], shape: [2]),
    TensorData([1e300, -2.0], shape: [1, 2]),
    TensorData([UInt8](), shape: [0, 28, 28]),
  ]

  @Test("what is written is read back", arguments: tensors)
  func roundTrip(tensor: TensorData) throws {
    let folder = try TemporaryFolder()
    try IDX.write(tensor, to: folder.path + "/t")
    #expect(try IDX.read(folder.path + "/t") == tensor)
  }

  @Test("the header is big-endian, as the format says")
  func header() throws {
    let bytes = try IDX.encode(TensorData([Int32(258)], shape: [1]))
    #expect(bytes == [0, 0, 0x0C, 1, 0, 0, 0, 1, 0, 0, 1, 2])
  }

  @Test("every truncation, and every byte too many, is refused with its place")
  func truncations() throws {
    let whole = try IDX.encode(Self.tensors[0])
    for count in 0..<whole.count {
      #expect(throws: LeptonError.self) { try IDX.decode(Array(whole[..<count]), name: "t") }
    }
    let cut = #expect(throws: LeptonError.self) {
      try IDX.decode(Array(whole.dropLast(3)), name: "t")
    }
    #expect(cut?.place == "t, byte 37")
    #expect(cut?.what.contains("24 bytes from byte 16 on, but 21 follow") == true)
    #expect(throws: LeptonError.self) { try IDX.decode(whole + [0], name: "t") }
  }

  @Test(
    "a wrong start, an unknown type and extents past all memory are refused",
    arguments: [
      [1, 0, 8, 1, 0, 0, 0, 0], [0, 0, 0x0B, 1, 0, 0, 0, 0], [0x1F, 0x8B, 8, 0],
      [0, 0, 8, 3] + [UInt8](repeating: 255, count: 12),
    ] as [[UInt8]])
  func malformed(bytes: [UInt8]) {
    #expect(throws: LeptonError.self) { try IDX.decode(bytes, name: "t") }
  }

  @Test("a folder under the standard names opens, gzip or not, by path and below LEPTON_DATA")
  func folder() throws {
    let folder = try TemporaryFolder()
    let images = TensorData((0..<16).map { UInt8($0) }, shape: [4, 2, 2])
    let labels = TensorData([UInt8(3), 1, 0, 3], shape: [4])
    let name = "fashion-mnist"
    try folder.write(IDX.encode(images), as: "\(name)/train-images-idx3-ubyte")
    try folder.write(IDX.encode(labels).gzipped(), as: "\(name)/train-labels-idx1-ubyte.gz")
    try folder.write(IDX.encode(images).gzipped(), as: "\(name)/t10k-images.idx3-ubyte.gz")
    try folder.write(IDX.encode(labels), as: "\(name)/t10k-labels-idx1-ubyte")
    for spec in ["\(folder.path)/\(name)", "idx:\(folder.path)/\(name)", name, "idx:\(name)"] {
      let data = try DataSource.open(spec, environment: ["LEPTON_DATA": folder.path])
      #expect(data.train.features == images.reshaped(to: [4, 1, 2, 2]))
      #expect(data.train.labels.array(of: Int32.self) == [3, 1, 0, 3])
      #expect(data.train.classes[3] == "Dress")
      #expect(data.test?.fingerprint == data.train.fingerprint)
    }
  }

  @Test("images and labels of different lengths are refused")
  func lengths() throws {
    let folder = try TemporaryFolder()
    let images = try folder.write(
      IDX.encode(TensorData(zeros: TensorType(.u8, [4, 2, 2]))), as: "images")
    let labels = try folder.write(IDX.encode(TensorData(zeros: TensorType(.u8, [3]))), as: "labels")
    let error = #expect(throws: LeptonError.self) {
      try DataSource.open("idx:\(images),\(labels)")
    }
    #expect(error?.what == "4 images have 3 labels")
  }
}
