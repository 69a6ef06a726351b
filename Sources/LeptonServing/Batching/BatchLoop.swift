import Foundation
package import LeptonValues

/// Takes requests from any thread, and runs them in batches on the one thread that calls `run`: never on Swift's
/// cooperative threads, each of which would get a team of kernel threads of its own.
package final class BatchLoop: @unchecked Sendable {
  /// What one request came to.
  package struct Outcome: Sendable {
    package let outputs: [TensorData]
    /// When it came, when its batch began and when it ended, in nanoseconds of one clock.
    package let (arrival, start, end): (UInt64, UInt64, UInt64)
  }

  package typealias Completion = @Sendable (Result<Outcome, Refusal>) -> Void

  private struct Job {
    let inputs: [TensorData]
    let completion: Completion
  }

  private let model: BatchModel
  private let metrics: ServerMetrics
  private let condition = NSCondition()
  private var queue: BatchQueue<Job>
  private var isStopping = false
  private var running = 0
  /// The longest that a request waits, in nanoseconds.
  private let timeout: UInt64

  package init(
    _ model: BatchModel, _ settings: BatchSettings, timeout: Duration,
    metrics: ServerMetrics
  ) {
    self.model = model
    self.metrics = metrics
    queue = BatchQueue(settings)
    self.timeout = timeout.nanoseconds
  }

  package static func now() -> UInt64 { DispatchTime.now().uptimeNanoseconds }

  // MARK: Callers

  /// Has a request run; `completion` is called once, from another thread.
  ///
  /// - Parameter timeout: nanoseconds, where the caller waits less long than others.
  package func submit(
    _ inputs: [TensorData], rows: Int, timeout: Int? = nil, completion: @escaping Completion
  ) {
    let now = Self.now()
    let patience = min(self.timeout, UInt64(clamping: timeout ?? Int.max))
    let item = BatchQueue<Job>.Item(
      rows: rows, arrival: now, deadline: now &+ patience,
      payload: Job(inputs: inputs, completion: completion))
    condition.lock()
    let refusal: Refusal? =
      isStopping
      ? .stopping : queue.add(item) ? nil : Refusal(503, "the queue is full", retryAfter: 1)
    if refusal == nil { condition.signal() }
    condition.unlock()
    if let refusal { completion(.failure(refusal)) }
  }

  package func submit(_ inputs: [TensorData], rows: Int, timeout: Int? = nil) async throws
    -> Outcome
  {
    try await withCheckedContinuation { continuation in
      submit(inputs, rows: rows, timeout: timeout) { continuation.resume(returning: $0) }
    }.get()
  }

  /// Requests that wait or run.
  package var pending: Int { condition.withLock { queue.count + running } }

  /// Refuses what has waited too long. To be called now and then, since the loop itself may be in a long run.
  package func sweep() {
    let late = condition.withLock { queue.expired(at: Self.now()) }
    for item in late { item.payload.completion(.failure(.late)) }
  }

  /// Makes `run` return once its batch is done; what waits is refused.
  package func stop() {
    let rest = condition.withLock {
      isStopping = true
      condition.signal()
      return queue.removeAll()
    }
    for item in rest { item.payload.completion(.failure(.stopping)) }
  }

  // MARK: The engine's thread

  /// Runs batches until `stop`.
  package func run() {
    while let batch = nextBatch() {
      let start = Self.now()
      let results = outcomes(of: batch)
      let end = Self.now()
      let rows = batch.reduce(0) { $0 + $1.rows }
      metrics.ran(rows: rows, nanoseconds: end - start)
      condition.withLock { running = 0 }
      for (item, result) in zip(batch, results) {
        item.payload.completion(
          result.map {
            Outcome(outputs: $0, arrival: item.arrival, start: start, end: end)
          })
      }
    }
  }

  private func nextBatch() -> [BatchQueue<Job>.Item]? {
    condition.lock()
    defer { condition.unlock() }
    while !isStopping {
      let now = Self.now()
      for item in queue.expired(at: now) { item.payload.completion(.failure(.late)) }
      switch queue.next(at: now) {
      case .run(let batch):
        running = batch.count
        return batch
      case .wait(until: nil): condition.wait()
      case .wait(until: let time?):
        _ = condition.wait(until: Date(timeIntervalSinceNow: Double(time - now) / 1e9))
      }
    }
    return nil
  }

  /// Of each request. Where the batch fails, each is run alone, so that only those fail that are to blame.
  private func outcomes(of batch: [BatchQueue<Job>.Item]) -> [Result<[TensorData], Refusal>] {
    do {
      return try model.run(batch.map { ($0.rows, $0.payload.inputs) }).map { .success($0) }
    } catch {
      metrics.failed(error)
      return batch.map { item in
        do {
          return .success(try model.run([(item.rows, item.payload.inputs)])[0])
        } catch let error as LeptonError where error.kind == .badInput {
          return .failure(.bad("the model cannot be run on these inputs"))
        } catch {
          return .failure(Refusal(500, "the model failed; the server's log says why"))
        }
      }
    }
  }
}

extension Refusal {
  static var stopping: Refusal { Refusal(503, "the server is stopping", retryAfter: 5) }
  static var late: Refusal {
    Refusal(503, "the request waited longer than it may", retryAfter: 1)
  }
}

extension Duration {
  var nanoseconds: UInt64 {
    let (seconds, attoseconds) = components
    return UInt64(clamping: seconds) &* 1_000_000_000
      &+ UInt64(clamping: attoseconds / 1_000_000_000)
  }
}
