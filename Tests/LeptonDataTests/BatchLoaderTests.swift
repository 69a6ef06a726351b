import Foundation
import LeptonData
import LeptonValues
import Testing

@Suite("Batch loader", .serialized)
struct BatchLoaderTests {
  @Test(
    "an epoch holds every example once, with its own label",
    arguments: [1, 7, 32, 100, 250], [nil, 9] as [UInt64?])
  func complete(batchSize: Int, seed: UInt64?) throws {
    let data = try numberedImages(100)
    let loader = BatchLoader(data, batchSize: batchSize, shuffleSeed: seed)
    var seen: [Int] = []
    for (index, batch) in loader.epoch(0).enumerated() {
      #expect(batch.index == index)
      #expect(batch.features.shape == [batch.rows.count, 1, 2, 2])
      let pixels = batch.features.array(of: UInt8.self)
      #expect(batch.rows.enumerated().allSatisfy { pixels[4 * $0.offset] == UInt8($0.element) })
      #expect(batch.labels.array(of: Int32.self) == batch.rows.map { Int32($0 % 2) })
      seen += batch.rows
    }
    #expect(seen.sorted() == Array(0..<100))
    #expect(seen == loader.order(epoch: 0))
    #expect((seed == nil) == (seen == Array(0..<100)))
  }

  @Test("the order follows from seed and epoch alone")
  func determinism() throws {
    let data = try numberedImages(64)
    func order(_ seed: UInt64, _ epoch: Int, batchSize: Int) -> [Int] {
      BatchLoader(data, batchSize: batchSize, shuffleSeed: seed).epoch(epoch).flatMap(\.rows)
    }
    #expect(order(1, 0, batchSize: 8) == order(1, 0, batchSize: 5))
    #expect(order(1, 0, batchSize: 8) != order(1, 1, batchSize: 8))
    #expect(order(1, 0, batchSize: 8) != order(2, 0, batchSize: 8))
  }

  @Test("dropping the last leaves only full batches; a resumed epoch skips what was seen")
  func partial() throws {
    let loader = BatchLoader(try numberedImages(10), batchSize: 4, shuffleSeed: 1, dropLast: true)
    #expect(loader.batchCount == 2)
    #expect(loader.epoch(0).map(\.rows.count) == [4, 4])
    #expect(loader.epoch(0, from: 1).flatMap(\.rows) == Array(loader.order(epoch: 0)[4..<8]))
    #expect(Array(loader.epoch(0, from: 5)).isEmpty)
  }

  @Test("batches that are kept do not change while later ones are assembled")
  func keptBatches() throws {
    let data = try numberedImages(240)
    let batches = Array(BatchLoader(data, batchSize: 8, shuffleSeed: 3).epoch(0))
    #expect(batches.count == 30)
    for batch in batches { #expect(batch.features == data.subset(batch.rows).features) }
  }

  @Test("augmentation follows from the row, not from the batch it is in")
  func augmentation() throws {
    let data = try Digits.dataset(.train, count: 40)
    func images(batchSize: Int, epoch: Int) -> [Int: [UInt8]] {
      let loader = BatchLoader(
        data, batchSize: batchSize, shuffleSeed: 2,
        augmentation: Augmentation(shift: 2, flip: true))
      return loader.epoch(epoch).reduce(into: [:]) { result, batch in
        let pixels = batch.features.array(of: UInt8.self)
        for (slot, row) in batch.rows.enumerated() {
          result[row] = Array(pixels[(slot * 784)..<((slot + 1) * 784)])
        }
      }
    }
    let (a, b, later) = (
      images(batchSize: 7, epoch: 0), images(batchSize: 16, epoch: 0),
      images(batchSize: 16, epoch: 1)
    )
    #expect(a == b)
    #expect(a != later)
    for (row, image) in a {
      let original = data.example(at: row).features.array(of: UInt8.self)
      #expect(Self.movements(of: original).contains(image))
    }
  }

  /// Every image that a shift by up to two pixels and a flip can make of `image`.
  private static func movements(of image: [UInt8]) -> Set<[UInt8]> {
    var result: Set<[UInt8]> = []
    for dy in -2...2 {
      for dx in -2...2 {
        var moved = [UInt8](repeating: 0, count: 784)
        for y in max(0, dy)..<min(28, 28 + dy) {
          for x in max(0, dx)..<min(28, 28 + dx) {
            moved[y * 28 + x] = image[(y - dy) * 28 + x - dx]
          }
        }
        result.insert(moved)
        result.insert((0..<784).map { moved[$0 / 28 * 28 + 27 - $0 % 28] })
      }
    }
    return result
  }

  #if os(Linux)
    @Test("leaving an epoch early stops its thread")
    func shutdown() async throws {
      func loaderThreads() throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count {
          let name = FileManager.default.contents(atPath: "/proc/self/task/\($0)/comm") ?? Data()
          return name.starts(with: Data("lepton-batches".utf8))
        }
      }
      let loader = BatchLoader(try numberedImages(1000), batchSize: 4, shuffleSeed: 1)
      for epoch in 0..<50 {
        for batch in loader.epoch(epoch) where batch.index == 1 { break }
      }
      for _ in 0..<200 where try loaderThreads() > 0 {
        try await Task.sleep(for: .milliseconds(10))
      }
      #expect(try loaderThreads() == 0)
    }
  #endif
}
