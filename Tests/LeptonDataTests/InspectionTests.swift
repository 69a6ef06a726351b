import LeptonValues
import Testing

import LeptonData

@Suite("Inspection")
struct InspectionTests {
  private func images(_ pictures: [Image], labels: [Int32]) throws -> Dataset {
    let first = pictures[0]
    return try Dataset(
      features: TensorData(
        pictures.flatMap(\.pixels), shape: [pictures.count, 1, first.height, first.width]),
      labels: TensorData(labels, shape: [labels.count]), classes: ["a", "b"], kind: .image,
      origin: "t")
  }

  /// A picture with detail everywhere.
  private func picture(_ seed: UInt64) -> Image {
    var random = SeededGenerator(seed: seed)
    let coarse = Image(
      width: 12, height: 12, channels: 1, pixels: (0..<144).map { _ in UInt8(random.below(256)) })
    return coarse.resized(height: 48, width: 48)
  }

  @Test("repeated examples are found within a part and across parts, with their labels")
  func exact() throws {
    let (a, b, c) = (picture(1), picture(2), picture(3))
    let train = try images([a, b, a, a], labels: [0, 1, 0, 1])
    let within = ExactDuplicates(within: train).pairs
    #expect(within.map(\.row) == [2, 3])
    #expect(within.map(\.original) == [0, 0])
    #expect(within.map(\.haveSameLabel) == [true, false])
    let test = try images([c, b], labels: [0, 1])
    #expect(ExactDuplicates(of: test, in: train).pairs.map(\.row) == [1])
    #expect(ExactDuplicates(of: train, in: test).pairs.map(\.row) == [1])
  }

  @Test("a picture that was brightened and recompressed looks like itself, and like no other")
  func alike() throws {
    let originals = (0..<40).map { picture(UInt64($0)) }
    let changed =
      try originals[7].pixels.isEmpty
      ? originals[7]
      : Image.decode(
        try JPEG.encode(
          Image(
            width: 48, height: 48, channels: 1,
            pixels: originals[7].pixels.map { UInt8(min(255, 10 + Int($0) * 9 / 10)) }),
          quality: 90))
    let data = try images(originals, labels: originals.map { _ in 0 })
    let other = try images([changed, picture(99)], labels: [0, 0])
    let found = LookAlikes(of: other, in: data).pairs
    #expect(found.map { [$0.row, $0.other] } == [[0, 7]])
  }

  @Test("a table's columns are summed up with missing and unknown values and ranges")
  func columns() throws {
    let folder = try TemporaryFolder()
    try folder.write("x,kind,y\n1,a,no\n,b,yes\n-3,,no\n-3,,no\n", as: "train.csv")
    try folder.write("x,kind,y\n1,a,no\n2,c,yes\n", as: "test.csv")
    let inspection = DataInspection(try DataSource.open(folder.path))
    #expect(inspection.columns.map(\.name) == ["x", "kind"])
    #expect(inspection.columns.map(\.missing) == [1, 2])
    #expect(inspection.columns.map(\.unknown) == [0, 1])
    #expect(inspection.columns[0].range == [-3, 1])
    #expect(inspection.parts.map(\.duplicates) == [1, 0])
    #expect(inspection.parts.map(\.alsoInTraining) == [nil, 1])
    #expect(inspection.parts[0].classCounts == [3, 1])
    #expect(inspection.imbalance == 3)
  }
}
