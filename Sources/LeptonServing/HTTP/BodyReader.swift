import HTTPTypes
import Hummingbird
import LeptonData
import NIOCore
import Synchronization

/// Reads the bodies of requests within the limits: each of them, and all of them together.
final class BodyReader: Sendable {
  private let limits: ServerLimits
  private let held = Atomic<Int>(0)

  init(_ limits: ServerLimits) { self.limits = limits }

  /// Hands the whole body, decompressed, to `use`, during which its bytes count as held.
  func withBody<R>(of request: Request, _ use: ([UInt8]) async throws -> R) async throws -> R {
    if let stated = request.headers[.contentLength].flatMap({ Int($0) }), stated > limits.bodyBytes
    {
      throw tooLarge
    }
    let isGzip = try Self.isGzip(request.headers)
    var reserved = 0
    defer { held.subtract(reserved, ordering: .relaxed) }
    func reserve(_ count: Int) throws {
      let total = held.add(count, ordering: .relaxed).newValue
      reserved += count
      guard total <= limits.allBodyBytes else {
        throw Refusal(503, "the server holds as many bytes of requests as it may", retryAfter: 1)
      }
    }

    var body = ByteBuffer()
    for try await part in request.body {
      try reserve(part.readableBytes)
      guard body.readableBytes + part.readableBytes <= limits.bodyBytes else { throw tooLarge }
      if body.readableBytes == 0 { body = part } else { body.writeImmutableBuffer(part) }
    }
    var bytes = Array(body.readableBytesView)
    if isGzip {
      guard Gzip.isGzip(bytes) else {
        throw Refusal.bad("the body is not gzip, as its header says")
      }
      // Deflate makes at most 1032 bytes of one.
      try reserve(min(limits.bodyBytes, 1032 * bytes.count))
      bytes = try decompressed(bytes)
    }
    return try await use(bytes)
  }

  private func decompressed(_ bytes: [UInt8]) throws -> [UInt8] {
    do {
      return try Gzip.decompress(bytes, limit: limits.bodyBytes, name: "body")
    } catch {
      throw Refusal.bad(
        "the body's gzip data are damaged, or expand to more than \(limits.bodyBytes) bytes")
    }
  }

  private static func isGzip(_ headers: HTTPFields) throws -> Bool {
    switch headers[.contentEncoding]?.lowercased() {
    case nil, "identity": false
    case "gzip", "x-gzip": true
    default: throw Refusal(415, "the content encoding is unknown; send gzip or none")
    }
  }

  private var tooLarge: Refusal {
    Refusal(413, "the body is larger than \(limits.bodyBytes) bytes")
  }
}
