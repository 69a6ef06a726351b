import Foundation
public import LeptonValues

/// The examples of a data set in batches, epoch after epoch, assembled ahead by a thread of its own.
///
/// ```swift
/// let loader = BatchLoader(train, batchSize: 128, shuffleSeed: 7, dropLast: true)
/// for epoch in 0..<5 {
///   for batch in loader.epoch(epoch) { step(batch.features, batch.labels) }
/// }
/// ```
///
/// The order follows from (seed, epoch) alone. At most `prefetch` batches wait; a consumer that
/// leaves the loop early stops the thread.
public struct BatchLoader: Sendable {
  public struct Batch: Sendable {
    /// The place of this batch in its epoch, from 0.
    public let index: Int
    /// The rows of the data set that it holds.
    public let rows: [Int]
    /// `[rows.count, ...]`, of the data set's element type.
    public let features: TensorData
    /// `i32[rows.count]`
    public let labels: TensorData
  }

  public let dataset: Dataset
  public let batchSize: Int
  /// Nil keeps the order of the data set.
  public let shuffleSeed: UInt64?
  /// Whether a last batch that is not full is left out.
  public let dropLast: Bool
  /// Applied to images only.
  public let augmentation: Augmentation?
  /// How many finished batches may wait.
  public let prefetch: Int

  public init(
    _ dataset: Dataset, batchSize: Int, shuffleSeed: UInt64? = nil, dropLast: Bool = false,
    augmentation: Augmentation? = nil, prefetch: Int = 3
  ) {
    precondition(batchSize > 0, "a batch of \(batchSize) examples; give at least 1")
    self.dataset = dataset
    self.batchSize = batchSize
    self.shuffleSeed = shuffleSeed
    self.dropLast = dropLast
    self.augmentation = augmentation
    self.prefetch = max(1, prefetch)
  }

  /// Batches in an epoch; 0 where `dropLast` leaves none.
  public var batchCount: Int {
    dropLast ? dataset.count / batchSize : (dataset.count + batchSize - 1) / batchSize
  }

  /// The rows of the data set in the order of one epoch.
  public func order(epoch: Int) -> [Int] {
    guard let shuffleSeed else { return Array(0..<dataset.count) }
    var generator = SeededGenerator(seed: shuffleSeed, stream: epoch)
    return generator.shuffled(0..<dataset.count)
  }

  /// The batches of one epoch, from `firstBatch` on: a resumed run skips what it has seen.
  public func epoch(_ epoch: Int, from firstBatch: Int = 0) -> Epoch {
    Epoch(loader: self, number: epoch, firstBatch: firstBatch)
  }

  /// One pass over the data. Each iteration over it starts a thread of its own.
  public struct Epoch: Sequence, Sendable {
    let loader: BatchLoader
    let number: Int
    let firstBatch: Int

    public var underestimatedCount: Int { Swift.max(0, loader.batchCount - firstBatch) }

    public func makeIterator() -> Iterator { Iterator(self) }
  }

  /// The consumer's end; releasing it ends the thread.
  public final class Iterator: IteratorProtocol {
    private let queue: BoundedQueue<Batch>

    init(_ epoch: Epoch) {
      let queue = BoundedQueue<Batch>(capacity: epoch.loader.prefetch)
      self.queue = queue
      let thread = Thread {
        epoch.loader.assemble(epoch, into: queue)
        queue.finish()
      }
      thread.name = "lepton-batches"
      thread.start()
    }

    public func next() -> Batch? { queue.pop() }

    deinit { queue.cancel() }
  }
}

extension BatchLoader {
  /// Runs on the thread: gathers batches into a ring of buffers until the epoch or the queue ends.
  private func assemble(_ epoch: Epoch, into queue: BoundedQueue<Batch>) {
    let order = order(epoch: epoch.number)
    // One in the consumer's hands, `prefetch` waiting, one being filled. A consumer that keeps
    // more is safe: writing to shared storage copies it first.
    var ring = [Storage](repeating: Storage(dataset, rows: 0), count: prefetch + 2)
    for index in Swift.max(0, epoch.firstBatch)..<Swift.max(batchCount, epoch.firstBatch, 0) {
      let start = index * batchSize
      let rows = Array(order[start..<Swift.min(start + batchSize, order.count)])
      let slot = index % ring.count
      if ring[slot].rows != rows.count { ring[slot] = Storage(dataset, rows: rows.count) }
      ring[slot].features.copyRows(rows, from: dataset.features)
      ring[slot].labels.copyRows(rows, from: dataset.labels)
      if let augmentation, dataset.kind == .image {
        augmentation.apply(
          to: &ring[slot].features, rows: rows, seed: shuffleSeed ?? 0, epoch: epoch.number)
      }
      let batch = Batch(
        index: index, rows: rows, features: ring[slot].features, labels: ring[slot].labels)
      if !queue.push(batch) { return }
    }
  }

  /// The memory of one batch.
  private struct Storage {
    let rows: Int
    var features: TensorData
    var labels: TensorData

    init(_ dataset: Dataset, rows: Int) {
      self.rows = rows
      let shape = Shape([rows] + dataset.exampleShape.extents)
      features = TensorData(uninitialized: TensorType(dataset.features.dtype, shape))
      labels = TensorData(uninitialized: TensorType(.i32, [rows]))
    }
  }
}
