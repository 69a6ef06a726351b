import LeptonValues
import Testing

import LeptonData

@Suite("NumPy arrays")
struct NPYTests {
  static let tensors: [TensorData] = [
    TensorData([Float(1.5), -2, 3, 4, 5, 6], shape: [2, 3]),
    TensorData([1e300], shape: [1]),
    TensorData([Int8(-1), 2], shape: [2]),
    TensorData([UInt8(255)], shape: [1, 1, 1]),
    TensorData([Int32.min, 7], shape: [2]),
    TensorData([Int64.max], shape: [1]),
    TensorData([true, false], shape: [2]),
    TensorData(scalar: Float(3)),
    TensorData([Float](), shape: [0, 4]),
  ]

  @Test("what is written is read back", arguments: tensors)
  func roundTrip(tensor: TensorData) throws {
    let folder = try TemporaryFolder()
    try NPY.write(tensor, to: folder.path + "/a.npy")
    #expect(try NPY.read(folder.path + "/a.npy") == tensor)
  }

  @Test("the bytes are those of numpy.save")
  func header() {
    let bytes = NPY.encode(TensorData([UInt8(7), 8], shape: [2]))
    let header = "{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }"
    #expect(bytes.count == 128 + 2)
    #expect(Array(bytes[..<10]) == [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0, 118, 0])
    #expect(String(decoding: bytes[10..<128], as: UTF8.self).hasPrefix(header))
    #expect(Array(bytes[127...]) == [0x0A, 7, 8])
  }

  static func file(_ header: String, _ body: [UInt8], version: UInt8 = 1) -> [UInt8] {
    let count = UInt8(header.utf8.count)
    let size: [UInt8] = version == 1 ? [count, 0] : [count, 0, 0, 0]
    return [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, version, 0] + size + Array(header.utf8) + body
  }

  @Test("Fortran order is turned into rows", arguments: [1, 2, 3] as [UInt8])
  func fortran(version: UInt8) throws {
    let bytes = Self.file(
      "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }", [1, 4, 2, 5, 3, 6],
      version: version)
    let tensor = try NPY.decode(bytes[...], name: "a")
    #expect(tensor == TensorData([UInt8(1), 2, 3, 4, 5, 6], shape: [2, 3]))
  }

  @Test("Fortran order of rank 3 is turned into rows")
  func fortranOfRank3() throws {
    // Element [i, j, k] of shape [2, 3, 2] is 100 i + 10 j + k; stored with i fastest.
    var stored: [UInt8] = []
    for k in 0..<2 {
      for j in 0..<3 { for i in 0..<2 { stored.append(UInt8(100 * i + 10 * j + k)) } }
    }
    let bytes = Self.file("{'descr':'|u1','fortran_order':True,'shape':(2,3,2)}", stored)
    let rows = try NPY.decode(bytes[...], name: "a").array(of: UInt8.self)
    #expect(rows == [0, 1, 10, 11, 20, 21, 100, 101, 110, 111, 120, 121])
  }

  @Test(
    "other types, lengths and headers are refused with a way out",
    arguments: [
      ("{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }", "float32"),
      ("{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }", "astype('<f4')"),
      ("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", "field"),
      ("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", "numpy.save"),
      ("{'descr': '<f4', 'fortran_order': False, }", "numpy.save"),
      ("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }", "again"),
      (
        "{'descr': '<f4', 'fortran_order': False, 'shape': (9999999999, 9999999999), }", "again"
      ),
    ])
  func refusals(header: String, fix: String) {
    let error = #expect(throws: LeptonError.self) {
      try NPY.decode(Self.file(header, [0, 0, 0, 0])[...], name: "a")
    }
    #expect(error?.fix.contains(fix) == true, "\(String(describing: error))")
  }

  @Test("every truncation is refused")
  func truncations() {
    let whole = NPY.encode(Self.tensors[0])
    for count in 0..<whole.count {
      #expect(throws: LeptonError.self) { try NPY.decode(whole[..<count], name: "a") }
    }
  }
}

@Suite("Archives of arrays")
struct NPZTests {
  /// A zip archive, as the format describes it.
  static func archive(_ files: [(name: String, bytes: [UInt8])], deflate: Bool) -> [UInt8] {
    func number(_ value: Int, _ width: Int) -> [UInt8] {
      (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    var body: [UInt8] = []
    var directory: [UInt8] = []
    for file in files {
      let packed = deflate ? file.bytes.deflated(windowBits: -15) : file.bytes
      let name = Array(file.name.utf8)
      let common =
        number(0, 2) + number(deflate ? 8 : 0, 2) + number(0, 4)
        + number(Gzip.checksum(file.bytes[...]), 4) + number(packed.count, 4)
        + number(file.bytes.count, 4) + number(name.count, 2) + number(0, 2)
      directory +=
        number(0x0201_4B50, 4) + number(20, 2) + number(20, 2) + common + number(0, 10)
        + number(body.count, 4) + name
      body += number(0x0403_4B50, 4) + number(20, 2) + common + name + packed
    }
    return body + directory + number(0x0605_4B50, 4) + number(0, 4) + number(files.count, 2)
      + number(files.count, 2) + number(directory.count, 4) + number(body.count, 4) + number(0, 2)
  }

  static let files = [
    (name: "x.npy", bytes: NPY.encode(NPYTests.tensors[0])),
    (name: "deep/y.npy", bytes: NPY.encode(NPYTests.tensors[4])),
    (name: "notes.txt", bytes: [1, 2, 3]),
  ]

  @Test("stored and deflated arrays are read by name", arguments: [true, false])
  func reads(deflate: Bool) throws {
    let arrays = try NPZ.decode(Self.archive(Self.files, deflate: deflate), name: "a.npz")
    #expect(arrays == ["x": NPYTests.tensors[0], "deep/y": NPYTests.tensors[4]])
  }

  @Test("truncations and changed bytes of an array are refused", arguments: [true, false])
  func damage(deflate: Bool) {
    let whole = Self.archive(Self.files, deflate: deflate)
    for count in stride(from: 0, to: whole.count, by: 3) {
      #expect(throws: LeptonError.self) { try NPZ.decode(Array(whole[..<count]), name: "a") }
    }
    var changed = whole
    changed[30 + 5 + 20] ^= 0x10
    #expect(throws: LeptonError.self) { try NPZ.decode(changed, name: "a") }
  }

  @Test("an archive with x_train and y_train is a data set")
  func source() throws {
    let folder = try TemporaryFolder()
    let images = TensorData((0..<16).map { UInt8($0) }, shape: [4, 2, 2])
    let labels = TensorData([Int64(0), 2, 1, 0], shape: [4])
    let path = try folder.write(
      Self.archive(
        [("x_train.npy", NPY.encode(images)), ("y_train.npy", NPY.encode(labels))],
        deflate: true), as: "a.npz")
    let data = try DataSource.open(path)
    #expect(data.train.features == images.reshaped(to: [4, 1, 2, 2]))
    #expect(data.train.classes == ["0", "1", "2"])
  }

  @Test("whole numbers of two axes are a table, or tokens where a model asks for them")
  func tokens() throws {
    let folder = try TemporaryFolder()
    let tokens = TensorData((0..<12).map { Int32($0) }, shape: [4, 3])
    let labels = TensorData([Int64(0), 1, 1, 0], shape: [4])
    let x = try folder.write(NPY.encode(tokens), as: "x.npy")
    let y = try folder.write(NPY.encode(labels), as: "y.npy")
    #expect(try DataSource.open("\(x),\(y)").train.kind == .table)
    let options = DataOptions(tensors: .i64, classCount: 5)
    let data = try DataSource.open("npy:\(x),\(y)", options: options).train
    #expect(data.kind == .tensor && data.features == tokens.converted(to: .i64))
    #expect(data.classes.count == 5 && data.exampleShape == [3])
    #expect(data.subset([2, 0]).features.array(of: Int64.self) == [6, 7, 8, 0, 1, 2])
  }

  @Test("sequences of three axes are tensors as they are")
  func sequences() throws {
    let folder = try TemporaryFolder()
    let x = try folder.write(
      NPY.encode(TensorData(zeros: TensorType(.f32, [2, 5, 3]))), as: "x.npy")
    let y = try folder.write(NPY.encode(TensorData([UInt8(0), 1], shape: [2])), as: "y.npy")
    let data = try DataSource.open("\(x),\(y)").train
    #expect(data.kind == .tensor && data.features.type == TensorType(.f32, [2, 5, 3]))
    #expect("\(data)".contains("2 examples f32[2, 5, 3]"))
  }

  @Test(
    "features that are no tokens, numbers that do not fit, and labels that are none are refused",
    arguments: [
      (TensorData([0.5, 1] as [Float], shape: [2, 1]), TensorData([Int64(0), 1], shape: [2])),
      (
        TensorData([1 << 40, 1] as [Int64], shape: [2, 1]), TensorData([Int64(0), 1], shape: [2])
      ),
      (TensorData([1, 1] as [Int32], shape: [2, 1]), TensorData([Float.nan, 1], shape: [2])),
      (TensorData([1, 1] as [Int32], shape: [2, 1]), TensorData([Int64(-1), 1], shape: [2])),
      (TensorData([1, 1] as [Int32], shape: [2, 1]), TensorData([Int64(0)], shape: [1])),
      (TensorData([1] as [Int32], shape: []), TensorData([Int64(0)], shape: [1])),
    ])
  func refusedTensors(features: TensorData, labels: TensorData) throws {
    let folder = try TemporaryFolder()
    let x = try folder.write(NPY.encode(features), as: "x.npy")
    let y = try folder.write(NPY.encode(labels), as: "y.npy")
    let error = #expect(throws: LeptonError.self) {
      try DataSource.open("\(x),\(y)", options: DataOptions(tensors: .i32))
    }
    #expect(error?.kind == .badInput)
    let lonely = #expect(throws: LeptonError.self) { try DataSource.open(x) }
    #expect(lonely?.kind == .usage)
  }
}
