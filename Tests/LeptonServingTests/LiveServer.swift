import Foundation
import LeptonGraph
import LeptonCompiler
import LeptonRuntime
import LeptonServing
import LeptonValues

/// A server on a free port with its engine on a thread of its own, for as long as `body` runs; then it is stopped.
struct LiveServer: Sendable {
  let server: InferenceServer
  let port: Int
  let loop: BatchLoop

  static func run<R: Sendable>(
    _ model: Model? = nil, batches: BatchSettings = BatchSettings(), token: String? = nil,
    _ change: (inout InferenceServer.Settings) -> Void = { _ in },
    startsEngine: Bool = true, _ body: @Sendable (LiveServer) async throws -> R
  ) async throws -> R {
    let model = try model ?? doubling()
    var settings = InferenceServer.Settings()
    settings.port = 0
    settings.drain = .seconds(5)
    change(&settings)
    let metrics = ServerMetrics()
    let compiled = try BatchModel(
      model, name: model.facts.name, mostRows: batches.mostRows, precision: .f32,
      options: CompileOptions(threads: 1))
    let loop = BatchLoop(compiled, batches, timeout: settings.limits.request, metrics: metrics)
    let server = try InferenceServer(
      model, compiled, loop, settings: settings,
      access: try AccessRule(host: settings.host, token: token, isOpen: false), metrics: metrics)
    let (ports, told) = AsyncStream<Int>.makeStream()
    let running = Task { try await server.run { told.yield($0) } }
    if startsEngine { Thread.detachNewThread { loop.run() } }
    defer {
      server.stop()
      loop.stop()
    }
    for await port in ports {
      let result = try await body(LiveServer(server: server, port: port, loop: loop))
      server.stop()
      _ = try await running.value
      return result
    }
    throw LeptonError(.defect, "the server did not start")
  }

  func startEngine() {
    let loop = loop
    Thread.detachNewThread { loop.run() }
  }

  /// What the server answers to `bytes` on a connection of their own, until it closes or is silent for `patience`
  /// seconds.
  func answer(_ bytes: [UInt8], patience: Double = 5) async throws -> String {
    try await blocking {
      let connection = try Connection(port: port)
      connection.send(bytes)
      return connection.read(patience: patience)
    }
  }

  func answer(_ text: String, patience: Double = 5) async throws -> String {
    try await answer(Array(text.utf8), patience: patience)
  }

  /// A whole request, after which the connection is to be closed.
  func request(
    _ method: String, _ path: String, _ body: [UInt8] = [], fields: [String] = []
  ) async throws -> (status: Int, text: String) {
    let head =
      (["\(method) \(path) HTTP/1.1", "Host: localhost", "Connection: close"]
      + (body.isEmpty && method == "GET" ? [] : ["Content-Length: \(body.count)"]) + fields)
      .joined(separator: "\r\n") + "\r\n\r\n"
    let text = try await answer(Array(head.utf8) + body, patience: 10)
    return (Self.status(text), text)
  }

  static func status(_ answer: String) -> Int {
    Int(answer.split(separator: " ", maxSplits: 2).dropFirst().first ?? "") ?? 0
  }
}

/// Runs what waits on sockets away from Swift's few cooperative threads, which the server needs.
func blocking<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
  try await withCheckedThrowingContinuation { continuation in
    Thread.detachNewThread { continuation.resume(with: Result(catching: body)) }
  }
}

/// A plain socket: sends exactly the bytes that it is given.
final class Connection {
  private let socket: Int32

  init(port: Int) throws {
    socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard result == 0 else { throw LeptonError(.io, "no connection: errno \(errno)") }
  }

  deinit { close(socket) }

  /// Sends as far as the server takes it; answers whether it took all.
  @discardableResult
  func send(_ bytes: [UInt8]) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if count <= 0 { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }

  @discardableResult
  func send(_ text: String) -> Bool { send(Array(text.utf8)) }

  /// Everything until the server closes, or nothing comes for so many seconds.
  func read(patience: Double) -> String {
    var time = timeval(
      tv_sec: Int(patience), tv_usec: Int((patience - patience.rounded(.down)) * 1e6))
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    var bytes: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = recv(socket, &part, part.count, 0)
      if count <= 0 {
        isClosed = count == 0 || (errno != EAGAIN && errno != EWOULDBLOCK)
        return String(decoding: bytes, as: UTF8.self)
      }
      bytes += part[..<count]
    }
  }

  /// Whether the last read ended because the server closed.
  private(set) var isClosed = false
}
