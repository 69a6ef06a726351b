import LeptonData
import HTTPTypes
import Hummingbird
import LeptonValues
import NIOCore
import Synchronization

/// Answers each operation of the server, for the one model that it serves.
final class InferenceService: Sendable {
  let model: ModelSignature
  let metrics: ServerMetrics
  private let loop: BatchLoop
  private let card: ServedModel
  private let version: String
  private let page: ServingPage
  private let document: [UInt8]
  private let ready = Atomic<Bool>(true)

  init(
    _ model: ModelSignature, _ loop: BatchLoop, _ card: ServedModel, metrics: ServerMetrics,
    version: String, document: [UInt8]
  ) {
    self.model = model
    self.loop = loop
    self.card = card
    self.metrics = metrics
    self.version = version
    self.document = document
    page = ServingPage()
  }

  /// Requests for inference are refused from now on.
  func stopTaking() { ready.store(false, ordering: .releasing) }
  var isReady: Bool { ready.load(ordering: .acquiring) }
  var pending: Int { loop.pending }
  func sweep() { loop.sweep() }

  func answer(_ match: RouteMatch, _ request: Request, _ bodies: BodyReader) async throws -> Reply {
    try check(match)
    switch match.route.operation {
    case .page: return page.reply
    case .document: return Reply(json: document)
    case .live: return flag("live", true)
    case .ready: return flag("ready", isReady)
    case .modelReady: return flag("ready", isReady, name: model.name)
    case .server: return Reply(json: serverMetadata)
    case .model: return Reply(json: model.metadata)
    case .card: return Reply(json: card.json)
    case .statistics, .modelStatistics:
      return Reply(json: StatisticsAnswer(model: model.name, inference: metrics.inference).body)
    case .index:
      return try await bodies.withBody(of: request) { Reply(json: try self.index($0)) }
    case .metrics:
      return Reply(
        Array(metrics.text(model: model.name, pending: pending, isReady: isReady).utf8),
        type: "text/plain; version=0.0.4; charset=utf-8")
    case .infer:
      return try await counted {
        try await bodies.withBody(of: request) { try await self.infer($0, request) }
      }
    case .predict:
      return try await counted {
        try await bodies.withBody(of: request) { try await self.predict($0, request) }
      }
    }
  }

  private func check(_ match: RouteMatch) throws {
    if let name = match.model, name != model.name {
      throw Refusal(404, "there is no model \(quoted(name)) here")
    }
    if let version = match.version, version != ModelSignature.version {
      throw Refusal(404, "there is no version \(quoted(version)) of the model here")
    }
  }

  // MARK: Inference

  private func counted(_ body: () async throws -> Reply) async throws -> Reply {
    let start = BatchLoop.now()
    do {
      guard isReady else { throw Refusal.stopping }
      return try await body()
    } catch {
      metrics.refused(nanoseconds: BatchLoop.now() - start)
      throw error
    }
  }

  private func infer(_ body: [UInt8], _ request: Request) async throws -> Reply {
    let start = BatchLoop.now()
    let jsonCount = try request.headers[.inferenceHeaderLength].map { text in
      guard text.utf8.count <= 18, text.utf8.allSatisfy({ 0x30...0x39 ~= $0 }),
        let count = Int(text)
      else { throw Refusal.bad("Inference-Header-Content-Length is no number of bytes") }
      return count
    }
    let model = model
    let question = try await Self.apart(body.count) {
      try InferRequest(body, jsonCount: jsonCount, for: model)
    }
    let submitted = BatchLoop.now()
    let outcome = try await loop.submit(
      question.inputs, rows: question.rows, timeout: question.timeout)
    let finished = BatchLoop.now()
    let bytes = outcome.outputs.reduce(0) { $0 + $1.type.byteCount }
    let answer = try await Self.apart(bytes) {
      InferResponse(question, outcome.outputs, of: model)
    }
    metrics.succeeded(outcome, input: submitted - start, output: BatchLoop.now() - finished)
    guard let jsonCount = answer.jsonCount else { return Reply(json: answer.body) }
    var reply = Reply(answer.body, type: "application/octet-stream")
    reply.fields.append(HTTPField(name: .inferenceHeaderLength, value: "\(jsonCount)"))
    return reply
  }

  private func predict(_ body: [UInt8], _ request: Request) async throws -> Reply {
    let start = BatchLoop.now()
    let type = request.headers[.contentType] ?? ""
    let card = card
    // Always apart: to decode an image takes long for few bytes.
    let examples = try await Self.apart(Int.max) { try card.examples(of: body, type: type) }
    let submitted = BatchLoop.now()
    let outcome = try await loop.submit([examples.tensor], rows: examples.count)
    let finished = BatchLoop.now()
    let answer = card.answer(outcome.outputs[0], to: examples)
    metrics.succeeded(outcome, input: submitted - start, output: BatchLoop.now() - finished)
    return Reply(json: answer)
  }

  /// Work on so many bytes: here if it is short, else on a thread that no connection waits for.
  private static func apart<R: Sendable>(
    _ bytes: Int, _ work: @Sendable () throws -> R
  ) async throws -> R {
    if bytes < 1 << 18 { return try work() }
    return try await withTaskExecutorPreference(globalConcurrentExecutor) {
      try await onPreferredExecutor(work)
    }
  }

  @concurrent
  private static func onPreferredExecutor<R: Sendable>(
    _ work: @Sendable () throws -> R
  ) async throws -> R { try work() }

  // MARK: Facts

  private func flag(_ key: String, _ value: Bool, name: String? = nil) -> Reply {
    var json = JSONWriter()
    json.object {
      if let name { $0.member("name", name) }
      $0.member(key, value)
    }
    return Reply(json: json.bytes, status: value ? 200 : 503)
  }

  private var serverMetadata: [UInt8] {
    var json = JSONWriter()
    json.object {
      $0.member("name", "lepton")
      $0.member("version", version)
      $0.member("extensions", ["binary_tensor_data", "statistics"])
    }
    return json.bytes
  }

  /// The list of models; the body may say that only ready ones are wanted.
  private func index(_ body: [UInt8]) throws -> [UInt8] {
    var onlyReady = false
    if !body.isEmpty {
      var json = JSONScanner(body)
      do {
        try json.object { json, name in
          if name == "ready" { onlyReady = try json.bool() } else { try json.skip() }
        }
        try json.finish()
      } catch let fault as JSONScanner.Fault {
        throw fault.refusal
      }
    }
    var json = JSONWriter()
    json.array { json in
      if onlyReady, !isReady { return }
      json.object {
        $0.member("name", model.name)
        $0.member("version", ModelSignature.version)
        $0.member("state", isReady ? "READY" : "UNAVAILABLE")
        $0.member("reason", "")
      }
    }
    return json.bytes
  }
}
