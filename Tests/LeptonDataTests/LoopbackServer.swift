import Foundation
import Synchronization

/// A web server for one test: a few files on a port of the loopback that the system chooses.
final class LoopbackServer: Sendable {
  /// What it does with a file.
  struct Manner: Sendable {
    var honoursRanges = true
    /// Ends the first connections after so many bytes of content.
    var breaksAfter: Int?
    var breaks = 0
    var status: Int?
  }

  private struct State {
    var manner: Manner
    var ranges: [String?] = []
  }

  private let files: [String: [UInt8]]
  private let state: Mutex<State>
  private let socket: Int32
  let port: UInt16

  init(_ files: [String: [UInt8]], _ manner: Manner = Manner()) throws {
    self.files = files
    state = Mutex(State(manner: manner))
    let handle = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isReady = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(handle, $0, size) == 0 && listen(handle, 8) == 0 && getsockname(handle, $0, &size) == 0
      }
    }
    guard handle >= 0, isReady else { throw CocoaError(.fileNoSuchFile) }
    (socket, port) = (handle, UInt16(bigEndian: address.sin_port))
    Thread.detachNewThread { [self] in serve() }
  }

  /// Ends the thread; the server serves no more.
  func stop() {
    shutdown(socket, Int32(SHUT_RDWR))
    close(socket)
  }

  /// The `Range` header of each request.
  var ranges: [String?] { state.withLock(\.ranges) }

  private func serve() {
    while true {
      let client = accept(socket, nil, nil)
      if client < 0 { return }
      answer(client)
      close(client)
    }
  }

  private func answer(_ client: Int32) {
    var request: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while !String(decoding: request, as: UTF8.self).contains("\r\n\r\n") {
      let count = recv(client, &chunk, chunk.count, 0)
      if count <= 0 { return }
      request += chunk[..<count]
    }
    let lines = String(decoding: request, as: UTF8.self).components(separatedBy: "\r\n")
    let path = lines[0].split(separator: " ").dropFirst().first.map(String.init) ?? ""
    let range = lines.first { $0.lowercased().hasPrefix("range:") }
    let (manner, isBroken) = state.withLock { state in
      state.ranges.append(range)
      let isBroken = state.manner.breaks > 0
      if isBroken { state.manner.breaks -= 1 }
      return (state.manner, isBroken)
    }
    guard let file = files[path], manner.status == nil else {
      send(
        client,
        Array(
          "HTTP/1.1 \(manner.status ?? 404) No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            .utf8))
      return
    }
    let start =
      manner.honoursRanges
      ? range.flatMap { $0.split(separator: "=").last?.split(separator: "-").first }.flatMap {
        Int($0)
      } ?? 0 : 0
    let content = Array(file[min(start, file.count)...])
    let status =
      start > 0
      ? "206 Partial Content\r\nContent-Range: bytes \(start)-\(file.count - 1)/\(file.count)"
      : "200 OK"
    send(
      client,
      Array(
        "HTTP/1.1 \(status)\r\nContent-Length: \(content.count)\r\nConnection: close\r\n\r\n".utf8))
    send(client, isBroken ? Array(content.prefix(manner.breaksAfter ?? 0)) : content)
  }

  private func send(_ client: Int32, _ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        Glibc.send(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if count <= 0 { return }
      rest = rest.dropFirst(count)
    }
  }
}
