import Foundation
import LeptonData
import LeptonValues
import Testing

import LeptonFormats

@Suite("PyTorch's files") struct PyTorchFileTests {
  @Test("Strides, offsets and shared storages give the elements that PyTorch sees")
  func views() throws {
    let weights = try PyTorchFile.weights(Golden.path("views.pt"))
    let whole = (0..<24).map(Double.init)
    func tensor(_ name: String) throws -> TensorData {
      try #require(weights.tensors["model.\(name)"])
    }
    #expect(try tensor("whole").doubles == whole)
    #expect(try tensor("transposed").shape == [6, 4])
    #expect(
      try tensor("transposed").doubles
        == (0..<6).flatMap { c in (0..<4).map { Double($0 * 6 + c) } })
    #expect(try tensor("column").doubles == [2, 8, 14, 20])
    #expect(try tensor("corner").doubles == [7, 9, 11, 13, 15, 17])
    #expect(try tensor("repeated").doubles == [1, 2, 1, 2, 1, 2])
    #expect(try tensor("weight").doubles == [1, 2, 3])
    #expect(weights.tensors["types.0"]?.doubles == [0.5, -65504, 5.9604644775390625e-8])
    #expect(weights.tensors["types.1"]?.doubles == [1.5, -3])
    #expect(weights.tensors["types.2"]?.doubles == [0, 65535])
    #expect(weights.tensors["types.3"]?.dtype == .bool)
    #expect(weights.tensors["types.4"]?.doubles == [0, 448, -0.001953125, 1.125])
    #expect(weights.tensors["types.5"]?.doubles == [0.1])
    #expect(Set(weights.omitted).isSuperset(of: ["epoch", "rate", "note", "nothing"]))
  }

  @Test("A module's state dictionary is read under its names")
  func module() throws {
    let weights = try PyTorchFile.weights(Golden.path("module.pt"))
    #expect(
      weights.tensors.keys.sorted() == [
        "0.bias", "0.weight", "1.bias", "1.num_batches_tracked", "1.running_mean", "1.running_var",
        "1.weight",
      ])
    #expect(weights.tensors["0.weight"]?.shape == [2, 1, 3, 3])
    #expect(weights.tensors["1.running_var"]?.doubles == [5, 6])
  }

  @Test("What is written is read, and a second time written alike")
  func written() throws {
    let folder = try ScratchFolder()
    try PyTorchFile.write(SafeTensorsTests.tensors, to: folder.path("a.pt"))
    #expect(try PyTorchFile.weights(folder.path("a.pt")).tensors == SafeTensorsTests.tensors)
    try PyTorchFile.write(SafeTensorsTests.tensors, to: folder.path("b.pt"))
    #expect(
      FileManager.default.contents(atPath: folder.path("a.pt"))
        == FileManager.default.contents(atPath: folder.path("b.pt")))
  }

  @Test("A name that is no tensor is refused, with the opcode and its place, and not run")
  func evil() throws {
    let error = #expect(throws: LeptonError.self) {
      try PyTorchFile.weights(Golden.path("evil.pt"))
    }
    #expect(error?.what.contains("posix.system") == true && error?.what.contains("GLOBAL") == true)
    #expect(error?.place.contains("data.pkl', byte ") == true)
    #expect(error?.kind == .badInput)
  }

  @Test("The legacy form is refused by name, with the fix")
  func legacy() throws {
    let error = #expect(throws: LeptonError.self) {
      try PyTorchFile.weights(Golden.path("legacy.pt"))
    }
    #expect(error?.what.contains("legacy") == true && error?.fix.contains("torch.save") == true)
  }

  /// An archive of one pickle and one storage.
  static func archive(
    _ pickle: [UInt8], storage: [UInt8] = [UInt8](repeating: 0, count: 16), key: String = "0"
  ) throws -> [UInt8] {
    try FileSink.collecting { sink in
      var archive = ZipWriter(sink)
      try archive.add("archive/data.pkl", [.bytes(pickle)])
      try archive.add("archive/data/\(key)", [.bytes(storage)])
      try archive.finish()
    }
  }

  /// A tensor in the text form of protocol 0, so that it can be read here.
  static func tensor(
    count: String = "4", offset: String = "0", shape: String = "(I2\nI2\nt",
    strides: String = "(I2\nI1\nt",
    storage: String = "FloatStorage"
  ) -> String {
    "ctorch._utils\n_rebuild_tensor_v2\n((Vstorage\nctorch\n\(storage)\nV0\nVcpu\nI\(count)\ntQI\(offset)\n\(shape)\(strides)I00\nccollections\nOrderedDict\n)RtR."
  }

  static let hostile: [(String, String)] = [
    ("no stop", "}"),
    ("empty stack", "."),
    ("a mark too few", "t."),
    ("unknown opcode", "\u{1}."),
    ("a call of a string", "Vx\n)R."),
    ("another callable", "cbuiltins\neval\n(V1\ntR."),
    ("a class made", "ctorch\nSize\n)\u{81}."),
    ("a state for a list", "](Vx\nlb."),
    ("nothing in the memo", "h\u{5}."),
    ("a number of no digits", "Ix\n."),
    ("an infinite extent", tensor(shape: "(I9223372036854775807\nI2\nt")),
    ("a negative extent", tensor(shape: "(I-1\nI2\nt")),
    ("a negative offset", tensor(offset: "-1")),
    ("an offset behind the end", tensor(offset: "1")),
    ("negative strides", tensor(strides: "(I-2\nI1\nt")),
    ("strides that overflow", tensor(strides: "(I9223372036854775807\nI9223372036854775807\nt")),
    ("more elements than the storage", tensor(count: "5")),
    ("a lying storage", tensor(count: "4611686018427387904")),
    ("another type of storage", tensor(storage: "QInt8Storage")),
    ("much of little", tensor(shape: "(I1000000\nI1000000\nt", strides: "(I0\nI0\nt")),
    ("strides for other axes", tensor(strides: "(I1\nt")),
    ("a list in itself", "]p0\nh\0ag0\na."),
    ("a key that is a list", "}]]s."),
    ("two tensors of one name", ""),
  ]

  @Test("Every other pickle is refused", arguments: hostile)
  func refusals(name: String, pickle: String) throws {
    var text = pickle
    if name == "two tensors of one name" {
      let value = Self.tensor().dropLast()
      text = "}(Va.b\n\(value)Va\n}Vb\n\(value)su."
    }
    let bytes = text.unicodeScalars.map { UInt8($0.value) }
    let error = #expect(throws: LeptonError.self, "\(name)") {
      try PyTorchFile.weights(ByteSource(Self.archive(bytes), name: "f.pt"))
    }
    #expect(error?.kind == .badInput)
  }

  @Test("The tensor that the hostile ones are made of is read")
  func honest() throws {
    let bytes = Self.tensor().unicodeScalars.map { UInt8($0.value) }
    let weights = try PyTorchFile.weights(ByteSource(Self.archive(bytes), name: "f.pt"))
    #expect(weights.tensors["tensor"]?.shape == [2, 2])
  }

  @Test("Containers that double with each line are refused before they fill the memory")
  func doubling() throws {
    // Fifty lists, each of the one before, twice.
    var pickle = "]p0\n"
    for index in 1...50 { pickle += "](g\(index - 1)\ng\(index - 1)\nep\(index)\n" }
    let bytes = Array((pickle + ".").utf8)
    #expect(throws: LeptonError.self) {
      try PyTorchFile.weights(ByteSource(Self.archive(bytes), name: "f.pt"))
    }
  }
}
