import LeptonServing
import Testing

@Suite("The queue of requests")
struct BatchQueueTests {
  typealias Queue = BatchQueue<Int>

  private func item(_ tag: Int, rows: Int = 1, at time: UInt64 = 0, until deadline: UInt64 = .max)
    -> Queue.Item
  {
    Queue.Item(rows: rows, arrival: time, deadline: deadline, payload: tag)
  }

  private func batch(_ queue: inout Queue, at now: UInt64) -> [Int]? {
    if case .run(let items) = queue.next(at: now) { return items.map(\.payload) }
    return nil
  }

  @Test("without a delay whatever waits runs, in order, as far as it fits")
  func gathers() {
    var queue = Queue(BatchSettings(mostRows: 4))
    #expect(batch(&queue, at: 0) == nil)
    for (tag, rows) in [(1, 1), (2, 2), (3, 2), (4, 1)] { _ = queue.add(item(tag, rows: rows)) }
    #expect(batch(&queue, at: 0) == [1, 2])
    #expect(batch(&queue, at: 0) == [3, 4])
    #expect(batch(&queue, at: 0) == nil)
  }

  @Test("a delay waits for company from the first request on, but not for a full batch")
  func delays() {
    var queue = Queue(BatchSettings(mostRows: 2, delay: 100))
    _ = queue.add(item(1, at: 50))
    guard case .wait(until: 150) = queue.next(at: 60) else {
      Issue.record("it does not wait until 150")
      return
    }
    _ = queue.add(item(2, at: 140))
    #expect(batch(&queue, at: 141) == [1, 2])
    _ = queue.add(item(3, at: 200))
    #expect(batch(&queue, at: 299) == nil)
    #expect(batch(&queue, at: 300) == [3])
  }

  @Test("a request larger than any batch goes alone")
  func large() {
    var queue = Queue(BatchSettings(mostRows: 4, delay: 100))
    _ = queue.add(item(1, rows: 9))
    _ = queue.add(item(2))
    #expect(batch(&queue, at: 0) == [1])
  }

  @Test("what does not fit is not taken; what waited too long comes out")
  func bounds() {
    var queue = Queue(BatchSettings(mostRows: 1, mostItems: 2))
    let taken = [item(1, until: 10), item(2, until: 20), item(3)].map { queue.add($0) }
    #expect(taken == [true, true, false])
    let early = queue.expired(at: 9)
    let late = queue.expired(at: 10)
    #expect(early.isEmpty && late.map(\.payload) == [1])
    _ = queue.add(item(4))
    let rest = queue.removeAll()
    #expect(rest.map(\.payload) == [2, 4])
    #expect(queue.count == 0)
  }

  @Test("sizes double up to the largest")
  func sizes() {
    #expect(BatchSizes(most: 1).all == [1])
    #expect(BatchSizes(most: 32).all == [1, 2, 4, 8, 16, 32])
    #expect(BatchSizes(most: 24).all == [1, 2, 4, 8, 16, 24])
  }

  @Test("the runs of any number of rows hold it, and are at least three quarters full")
  func runs() {
    let sizes = BatchSizes(most: 24)
    #expect(sizes.runs(for: 5) == [4, 1])
    #expect(sizes.runs(for: 7) == [8])
    #expect(sizes.runs(for: 24) == [24])
    #expect(sizes.runs(for: 30) == [24, 8])
    for rows in 1...200 {
      let runs = sizes.runs(for: rows)
      let places = runs.reduce(0, +)
      #expect(places >= rows && places - rows <= (runs.last ?? 0) / 4)
      #expect(runs.allSatisfy(sizes.all.contains))
    }
  }
}
