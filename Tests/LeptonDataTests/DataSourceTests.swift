import Foundation
import LeptonValues
import Testing

import LeptonData

@Suite("Data source")
struct DataSourceTests {
  @Test(
    "names that do not exist are usage errors with the nearest right one",
    arguments: [("digitz", "digits"), ("fashion-mnits", "fashion-mnist"), ("imges:x", "images:")])
  func nearest(spec: String, right: String) throws {
    let folder = try TemporaryFolder()
    try folder.write("", as: "fashion-mnist/empty")
    let error = #expect(throws: LeptonError.self) {
      try DataSource.open(spec, environment: ["LEPTON_DATA": folder.path])
    }
    #expect(error?.kind == .usage)
    #expect(error?.fix == "did you mean \"\(right)\"?")
  }

  @Test(
    "what cannot be told apart, named empty or named thrice is refused", arguments: ["", "a,b,c"])
  func refusals(spec: String) throws {
    let folder = try TemporaryFolder()
    for name in ["a", "b", "c"] { try folder.write("", as: name) }
    let environment = ["LEPTON_DATA": folder.path]
    #expect(throws: LeptonError.self) { try DataSource.open(spec, environment: environment) }
    let unknown = #expect(throws: LeptonError.self) { try DataSource.open(folder.path) }
    #expect(unknown?.fix.contains("idx:") == true)
  }

  @Test("a path with a colon in it is a path")
  func colon() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("x,y\n1,a\n2,b\n", as: "a:b.csv")
    #expect(try DataSource.open(path).train.count == 2)
  }

  @Test("parts with examples of different shapes are refused")
  func shapes() throws {
    let bundle = DataBundle(
      name: "two", train: try numberedImages(4),
      test: try Digits.dataset(.test, count: 10))
    #expect(throws: LeptonError.self) { try bundle.verified() }
  }

  static let library = ProcessInfo.processInfo.environment[DataSource.searchVariable]
  static func has(_ name: String) -> Bool {
    library.map { FileManager.default.fileExists(atPath: "\($0)/\(name)") } ?? false
  }

  @Test(
    "Fashion-MNIST has its published size and mean",
    .enabled(if: has("fashion-mnist"), "LEPTON_DATA has no fashion-mnist"))
  func fashion() throws {
    let data = try DataSource.open("fashion-mnist")
    #expect(data.train.classCounts == [Int](repeating: 6000, count: 10))
    #expect(data.test?.count == 10_000)
    let statistics = Normalisation(of: data.train)
    #expect(abs(statistics.mean[0] / 255 - 0.2860) < 1e-4)
    #expect(abs(statistics.deviation[0] / 255 - 0.3530) < 1e-4)
  }

  @Test(
    "Adult has its published size and share of the rich",
    .enabled(if: has("adult"), "LEPTON_DATA has no adult"))
  func adult() throws {
    let data = try DataSource.open("adult")
    #expect(data.train.classes == ["<=50K", ">50K"])
    #expect(data.train.classCounts == [24_720, 7841])
    #expect(data.test?.classCounts == [12_435, 3846])
  }
}
