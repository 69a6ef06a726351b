import Foundation
import LeptonValues
import Testing

import LeptonData

@Suite("Dividing data")
struct DataSplitterTests {
  @Test("rows of a table are divided by class, none lost, text unchanged, the same for a seed")
  func table() throws {
    let folder = try TemporaryFolder()
    let rows = (0..<100).map { "\"say \"\"\($0)\"\",\nwell\",\($0),\($0 % 4 == 0 ? "b" : "a")\n" }
    let file = try folder.write("t,x,y\n" + rows.joined(), as: "all.csv")
    let splitter = try DataSplitter(fractions: [0.8, 0.1, 0.1], seed: 3)
    let result = try splitter.split(file, to: "\(folder.path)/out")
    #expect(result.counts == ["train": 80, "validation": 10, "test": 10])
    _ = try splitter.split(file, to: "\(folder.path)/again")
    var seen: [String] = []
    for part in ["train", "validation", "test"] {
      let bytes = try FileBytes.read("\(folder.path)/out/\(part).csv")
      #expect(try FileBytes.read("\(folder.path)/again/\(part).csv") == bytes)
      let records = try CSV.parse(bytes, name: part)
      #expect(records[0].map(\.text) == ["t", "x", "y"])
      seen += records.dropFirst().map { $0[0].text }
    }
    #expect(Set(seen) == Set((0..<100).map { "say \"\($0)\",\nwell" }))
    #expect(seen.count == 100)
    let data = try DataSource.open(
      "\(folder.path)/out", options: DataOptions(ignored: ["t"]))
    #expect(data.train.classCounts == [60, 20])
  }

  @Test("pictures are copied by class; what is there already is not touched")
  func images() throws {
    let folder = try TemporaryFolder()
    let image = try PNG.encode(ImageTests.ramp(width: 8, height: 8, channels: 1))
    for index in 0..<10 {
      try folder.write(image, as: "in/cat/deep/\(index).png")
      try folder.write(image, as: "in/dog/\(index).png")
    }
    let splitter = try DataSplitter(fractions: [0.8, 0.2])
    _ = try splitter.split("\(folder.path)/in", to: "\(folder.path)/out")
    let data = try DataSource.open("\(folder.path)/out")
    #expect(data.train.classCounts == [8, 8])
    #expect(data.test?.classCounts == [2, 2])
    let error = #expect(throws: LeptonError.self) {
      try splitter.split("\(folder.path)/in", to: "\(folder.path)/out")
    }
    #expect(error?.kind == .usage)
  }

  @Test("fractions that divide nothing, and data that are no files, are refused")
  func refusals() throws {
    for fractions in [[1], [0.5, 0.6], [0.5, 0], [0.2, 0.2, 0.2, 0.2]] as [[Double]] {
      #expect(throws: LeptonError.self) { try DataSplitter(fractions: fractions) }
    }
    let folder = try TemporaryFolder()
    #expect(throws: LeptonError.self) {
      try DataSplitter(fractions: [0.5, 0.5]).split("digits", to: "\(folder.path)/out")
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
  }
}

@Suite("Cleaning data")
struct DataCleanerTests {
  @Test("bad rows, repeated rows and training rows of the test part go, and each is told of")
  func table() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      "x,y\n1,a\n2,b\n1,a\nthree,a\n4\n5,\n6,a\n\"7\"\"\",b\n8,b\n", as: "in/train.csv")
    try folder.write("x,y\n6,a\n9,b\n", as: "in/test.csv")
    var cleaner = DataCleaner()
    let result = try cleaner.clean("\(folder.path)/in", to: "\(folder.path)/out")
    #expect(result.kept == ["train": 3, "test": 2])
    let lines = result.dropped.map { $0.place.split(separator: "/").last! + " " + $0.reason }
    #expect(lines.contains { $0.hasPrefix("train.csv:4 repeats") && $0.hasSuffix("train.csv:2") })
    #expect(lines.contains { $0.hasPrefix("train.csv:5:1 \"three\" is not a number") })
    #expect(lines.contains { $0.hasPrefix("train.csv:6:1 this row has 1 fields") })
    #expect(lines.contains { $0.hasPrefix("train.csv:7 the label is missing") })
    #expect(lines.contains { $0.hasPrefix("train.csv:8 repeats") && $0.hasSuffix("test.csv:2") })
    let text = String(
      decoding: try FileBytes.read("\(folder.path)/out/train.csv"), as: UTF8.self)
    #expect(text == "x,y\n1,a\n2,b\n8,b\n")
  }

  @Test("pictures that cannot be read or repeat another go")
  func images() throws {
    let folder = try TemporaryFolder()
    for (index, name) in ["cat/a", "cat/b", "dog/c", "dog/d"].enumerated() {
      let image = ImageTests.ramp(width: 8 + index, height: 8, channels: 1)
      try folder.write(try PNG.encode(image), as: "in/\(name).png")
    }
    let first = ImageTests.ramp(width: 8, height: 8, channels: 1)
    try folder.write(try PNG.encode(first), as: "in/dog/again.png")
    try folder.write("no", as: "in/dog/bad.jpg")
    try folder.write("", as: "in/dog/empty.png")
    try folder.write("no", as: "in/dog/notes.txt")
    var cleaner = DataCleaner()
    let result = try cleaner.clean("\(folder.path)/in", to: "\(folder.path)/out")
    #expect(result.kept == ["train": 4])
    #expect(result.dropped.count == 4)
    #expect(try DataSource.open("\(folder.path)/out").train.count == 4)
  }
}
