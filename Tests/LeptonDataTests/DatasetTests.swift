import LeptonData
import LeptonValues
import Testing

/// Example `i` of class `i % classes` is an image of 2 x 2 pixels, all `i`.
func numberedImages(_ count: Int, classes: Int = 2) throws -> Dataset {
  try Dataset(
    features: TensorData(
      (0..<count).flatMap { [UInt8](repeating: UInt8($0 % 256), count: 4) },
      shape: [count, 1, 2, 2]),
    labels: TensorData((0..<count).map { Int32($0 % classes) }, shape: [count]),
    classes: (0..<classes).map { "class \($0)" }, kind: .image, origin: "numbered")
}

@Suite("Data set")
struct DatasetTests {
  @Test("a subset takes rows in the order asked for, repeats included")
  func subset() throws {
    let subset = try numberedImages(6).subset([5, 0, 5])
    #expect(subset.features.type == TensorType(.u8, [3, 1, 2, 2]))
    #expect(subset.features.array(of: UInt8.self) == [5, 5, 5, 5, 0, 0, 0, 0, 5, 5, 5, 5])
    #expect(subset.labels.array(of: Int32.self) == [1, 0, 1])
  }

  @Test("the first examples, one example and the class counts are those of the rows")
  func access() throws {
    let data = try numberedImages(5)
    #expect(data.first(2).labels.array(of: Int32.self) == [0, 1])
    #expect(data.first(99).count == 5)
    #expect(data.example(at: 3).label == 1)
    #expect(
      data.example(at: 3).features == TensorData([UInt8](repeating: 3, count: 4), shape: [1, 2, 2]))
    #expect(data.classCounts == [3, 2])
  }

  @Test("the fingerprint changes with a pixel, a label and the shape")
  func fingerprint() throws {
    let data = try numberedImages(4)
    func changed(_ features: TensorData, _ labels: TensorData) throws -> String {
      try Dataset(
        features: features, labels: labels, classes: data.classes, kind: .image, origin: "other"
      ).fingerprint
    }
    var pixels = data.features.array(of: UInt8.self)
    pixels[7] += 1
    let prints = [
      data.fingerprint,
      try changed(TensorData(pixels, shape: data.features.shape), data.labels),
      try changed(data.features, TensorData([Int32](repeating: 0, count: 4), shape: [4])),
      try changed(data.features.reshaped(to: [4, 1, 4, 1]), data.labels),
    ]
    #expect(Set(prints).count == 4)
    #expect(try changed(data.features, data.labels) == data.fingerprint)
    #expect(data.fingerprint.count == 64)
  }

  @Test("labels outside the classes, of another length or type are refused")
  func refusals() throws {
    let features = TensorData(zeros: TensorType(.f32, [2, 3]))
    func make(_ labels: TensorData, names: [String] = []) throws {
      _ = try Dataset(
        features: features, labels: labels, classes: ["a", "b"], featureNames: names,
        kind: .table, origin: "here")
    }
    #expect(throws: LeptonError.self) { try make(TensorData([Int32(0), 2], shape: [2])) }
    #expect(throws: LeptonError.self) { try make(TensorData([Int32(0), -1], shape: [2])) }
    #expect(throws: LeptonError.self) { try make(TensorData([Int32(0)], shape: [1])) }
    #expect(throws: LeptonError.self) { try make(TensorData([UInt8(0), 1], shape: [2])) }
    #expect(throws: LeptonError.self) {
      try make(TensorData([Int32(0), 1], shape: [2]), names: ["x"])
    }
    try make(TensorData([Int32(0), 1], shape: [2]))
  }
}

@Suite("Normalisation")
struct NormalisationTests {
  @Test("each channel has the mean and deviation of its own pixels, in 0...255")
  func channels() throws {
    let pixels: [UInt8] = [0, 10, 100, 100, 20, 30, 100, 100]
    let data = try Dataset(
      features: TensorData(pixels, shape: [2, 2, 1, 2]),
      labels: TensorData([Int32(0), 0], shape: [2]), classes: ["a"], kind: .image, origin: "")
    let statistics = Normalisation(of: data)
    #expect(statistics.mean == [15, 100])
    #expect(abs(statistics.deviation[0] - Float(125).squareRoot()) < 1e-5)
    #expect(statistics.deviation[1] == 1, "a constant channel divides by 1")
  }

  @Test("a column of equal, inexact numbers divides by 1")
  func constantColumn() throws {
    let values = (0..<1000).flatMap { [Float(0.1), Float($0)] }
    let data = try Dataset(
      features: TensorData(values, shape: [1000, 2]),
      labels: TensorData([Int32](repeating: 0, count: 1000), shape: [1000]), classes: ["a"],
      kind: .table, origin: "")
    let statistics = Normalisation(of: data)
    #expect(statistics.deviation[0] == 1)
    #expect(abs(statistics.mean[1] - 499.5) < 1e-3)
    #expect(abs(statistics.deviation[1] - 288.675) < 1e-3)
  }
}
