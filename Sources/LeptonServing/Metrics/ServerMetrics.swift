import Foundation
import Synchronization

/// What the server has done since it started. Its series are bounded: routes, methods and statuses of a fixed list, one
/// model; never what a caller wrote.
package final class ServerMetrics: Sendable {
  /// What is counted of requests for inference.
  struct Inference {
    var successes = 0
    var failures = 0
    var rows = 0
    var runs = 0
    var queue = Histogram(Histogram.seconds)
    var compute = Histogram(Histogram.seconds)
    var input = Histogram(Histogram.seconds)
    var output = Histogram(Histogram.seconds)
    var batch = Histogram(Histogram.sizes)
    /// Milliseconds since 1970.
    var last = 0
    var failureNanoseconds: UInt64 = 0
  }

  private struct Exchange: Hashable {
    let route: String
    let method: String
    let status: Int
  }

  private struct State {
    var inference = Inference()
    var exchanges: [Exchange: Histogram] = [:]
    var lastFailure: String?
  }

  private let state = Mutex(State())
  private let note: @Sendable (String) -> Void

  /// - Parameter note: is told of failures that callers are not.
  package init(note: @escaping @Sendable (String) -> Void = { _ in }) { self.note = note }

  // MARK: Counting

  package func answered(_ route: String, _ method: String, _ status: Int, nanoseconds: UInt64) {
    let exchange = Exchange(route: route, method: method, status: status)
    state.withLock {
      $0.exchanges[exchange, default: Histogram(Histogram.seconds)].add(Double(nanoseconds) / 1e9)
    }
  }

  /// One batch was run.
  func ran(rows: Int, nanoseconds: UInt64) {
    state.withLock {
      $0.inference.runs += 1
      $0.inference.rows += rows
      $0.inference.batch.add(Double(rows))
    }
  }

  func succeeded(_ outcome: BatchLoop.Outcome, input: UInt64, output: UInt64) {
    state.withLock {
      $0.inference.successes += 1
      $0.inference.queue.add(Double(outcome.start - outcome.arrival) / 1e9)
      $0.inference.compute.add(Double(outcome.end - outcome.start) / 1e9)
      $0.inference.input.add(Double(input) / 1e9)
      $0.inference.output.add(Double(output) / 1e9)
      $0.inference.last = Int(Date().timeIntervalSince1970 * 1000)
    }
  }

  func refused(nanoseconds: UInt64) {
    state.withLock {
      $0.inference.failures += 1
      $0.inference.failureNanoseconds += nanoseconds
    }
  }

  /// The engine failed; said once for each reason that follows another.
  func failed(_ error: any Error) {
    let text = "a batch failed: \(error)"
    let isNew = state.withLock { state in
      defer { state.lastFailure = text }
      return state.lastFailure != text
    }
    if isNew { note(text) }
  }

  // MARK: Reading

  var inference: Inference { state.withLock { $0.inference } }

  package func text(model: String, pending: Int, isReady: Bool) -> String {
    let (inference, exchanges) = state.withLock { ($0.inference, $0.exchanges) }
    let name = [("model", model), ("version", ModelSignature.version)]
    var text = MetricsText()
    text.metric("lepton_ready", .gauge, "Whether the server takes requests for inference.")
    text.sample("lepton_ready", [], isReady ? 1 : 0)

    text.metric(
      "lepton_inference_requests_total", .counter, "Requests for inference, by what came of them.")
    text.sample(
      "lepton_inference_requests_total", name + [("outcome", "success")], inference.successes)
    text.sample(
      "lepton_inference_requests_total", name + [("outcome", "failure")], inference.failures)
    text.metric("lepton_inference_items_total", .counter, "Examples that were run.")
    text.sample("lepton_inference_items_total", name, inference.rows)
    text.metric("lepton_inference_executions_total", .counter, "Batches that were run.")
    text.sample("lepton_inference_executions_total", name, inference.runs)
    text.metric("lepton_pending_requests", .gauge, "Requests that wait or run.")
    text.sample("lepton_pending_requests", name, pending)

    for (metric, meaning, histogram) in [
      ("lepton_queue_seconds", "Time from a request's arrival to its batch.", inference.queue),
      ("lepton_compute_input_seconds", "Time to read the tensors of a request.", inference.input),
      (
        "lepton_compute_infer_seconds", "Time of the batch that a request was in.",
        inference.compute
      ),
      ("lepton_compute_output_seconds", "Time to write the answer.", inference.output),
      ("lepton_batch_size", "Examples in a batch.", inference.batch),
    ] {
      text.metric(metric, .histogram, meaning)
      text.histogram(metric, name, histogram)
    }

    text.metric(
      "http_server_request_duration_seconds", .histogram,
      "Time from a request's head to its answer, by route.")
    let sorted = exchanges.sorted {
      ($0.key.route, $0.key.method, $0.key.status) < ($1.key.route, $1.key.method, $1.key.status)
    }
    for (key, histogram) in sorted {
      text.histogram(
        "http_server_request_duration_seconds",
        [("route", key.route), ("method", key.method), ("status", "\(key.status)")], histogram)
    }
    return text.text
  }
}
