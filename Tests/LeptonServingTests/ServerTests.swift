import Foundation
import LeptonServing
import LeptonValues
import Testing

private let example =
  #"{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}]}"#
private let inferPath = "/v2/models/double/infer"

private func post(_ body: String, _ fields: String = "", path: String = inferPath) -> String {
  "POST \(path) HTTP/1.1\r\nHost: localhost\r\n\(fields)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
}

@Suite("The server")
struct ServerTests {
  @Test("answers the protocol's questions")
  func protocolQuestions() async throws {
    try await LiveServer.run { live in
      for (path, part) in [
        ("/v2", #""name":"lepton""#), ("/v2/health/live", #"{"live":true}"#),
        ("/v2/health/ready", #"{"ready":true}"#),
        ("/v2/models/double", #""shape":[-1,2]"#),
        ("/v2/models/double/versions/1", #""platform":"lepton_onnx""#),
        ("/v2/models/double/ready", #"{"name":"double","ready":true}"#),
        ("/v2/models/stats", #""inference_count":0"#),
        ("/metrics", "lepton_ready 1"), ("/openapi.json", #""openapi":"3.1.0""#),
        ("/", "Content-Security-Policy"),
        ("/v2/models/double/card", #""columns":[{"name":"a","kind":"numeric"}"#),
      ] {
        let (status, text) = try await live.request("GET", path)
        #expect(status == 200 && text.contains(part), "\(path)")
      }
      for (path, status) in [
        ("/v2/models/other", 404), ("/v2/models/double/versions/2", 404), ("/v2/", 404),
        ("/v2/models/%2e%2e", 400), ("/v2/models/double/versions/0", 400), (inferPath, 405),
        ("/" + String(repeating: "a", count: 9000), 414),
      ] {
        let answer = try await live.request("GET", path)
        #expect(answer.status == status && answer.text.contains(#"{"error":""#), "\(path)")
      }
      let head = try await live.request("HEAD", "/v2")
      #expect(head.status == 200 && head.text.hasSuffix("\r\n\r\n"))
    }
  }

  @Test("runs requests, and says which are wrong")
  func inference() async throws {
    try await LiveServer.run { live in
      let right = try await live.request("POST", inferPath, Array(example.utf8))
      #expect(right.status == 200 && right.text.contains(#""data":[2.0,4.0]"#))
      for fields in [
        "99999999999", "-1", "abc", "", "1e3", "0x10", "\(example.utf8.count + 1)", "1",
      ] {
        let answer = try await live.request(
          "POST", inferPath, Array(example.utf8),
          fields: ["Inference-Header-Content-Length: \(fields)"])
        #expect(answer.status == 400, "\(fields)")
      }
      let rows = try await live.request(
        "POST", "/v2/models/double/predict", Array(#"{"rows":[{"b":2,"a":1},{"a":3,"b":4}]}"#.utf8),
        fields: ["Content-Type: application/json"])
      #expect(rows.text.contains(#""outputs":[2.0,4.0]"#) && rows.text.contains(#"[6.0,8.0]"#))
      for body in [#"{"rows":[{"a":"x","b":1}]}"#, #"{"rows":[]}"#, "{}", #"{"rows":[{"a":[1]}]}"#]
      {
        let answer = try await live.request(
          "POST", "/v2/models/double/predict", Array(body.utf8),
          fields: ["Content-Type: application/json"])
        #expect(answer.status == 400, "\(body)")
      }
      let stillThere = try await live.request("GET", "/v2/health/live")
      #expect(stillThere.status == 200)
    }
  }

  @Test("bodies are bounded, compressed or not")
  func bodies() async throws {
    try await LiveServer.run(nil, { $0.limits.bodyBytes = 100_000 }) { live in
      let large = try await live.request("POST", inferPath, Array(repeating: 32, count: 100_001))
      #expect(large.status == 413)
      // Announced only: nothing is waited for.
      let announced = try await live.answer(
        "POST \(inferPath) HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n")
      #expect(LiveServer.status(announced) == 413)
      let chunked = try await live.answer(
        Array(
          ("POST \(inferPath) HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
            + String(repeating: "8\r\n        \r\n", count: 20_000)).utf8))
      #expect(LiveServer.status(chunked) == 413)
      let plain = try await live.request(
        "POST", inferPath, Array(example.utf8), fields: ["Content-Encoding: gzip"])
      #expect(plain.status == 400)
      let unknown = try await live.request(
        "POST", inferPath, Array(example.utf8), fields: ["Content-Encoding: br"])
      #expect(unknown.status == 415)
      let bomb = try await live.request(
        "POST", inferPath, Array(Data(base64Encoded: Self.bomb)!),
        fields: ["Content-Encoding: gzip"])
      #expect(bomb.status == 400)
      let gzip = try await live.request(
        "POST", inferPath, Array(Data(base64Encoded: Self.compressed)!),
        fields: ["Content-Encoding: gzip"])
      #expect(gzip.status == 200 && gzip.text.contains("[2.0,4.0]"))
    }
  }

  /// `example`, and 200,000 zeros, each as gzip.
  private static let compressed =
    "H4sIAAAAAAACA6tWyswrKC0pVrKKrlbKS8xNVbJSqlDSUSrOSCwAsqMNdYxidZRSEksSSypBAkpuAcZGShARqHRtbC0AUSTnrUYAAAA="
  private static let bomb =
    "H4sIAAAAAAACA+3BMQEAAADCoErrn84M/kABAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAK8BlH0jNkANAwA="

  @Test("a body of very many small chunks is read")
  func chunks() async throws {
    try await LiveServer.run { live in
      let padded = String(repeating: " ", count: 65_537) + example
      let chunks =
        padded.utf8.map { "1\r\n\(Character(Unicode.Scalar($0)))\r\n" }.joined() + "0\r\n\r\n"
      let answer = try await live.answer(
        "POST \(inferPath) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
          + "Transfer-Encoding: chunked\r\n\r\n" + chunks)
      #expect(LiveServer.status(answer) == 200)
    }
  }

  @Test("what could be read in two ways is not read, and the connection is closed")
  func smuggling() async throws {
    try await LiveServer.run { live in
      let body = example
      let count = body.utf8.count
      for fields in [
        "Content-Length: \(count)\r\nTransfer-Encoding: chunked",
        "Content-Length: \(count)\r\nContent-Length: \(count + 1)",
        "Content-Length: +\(count)", "Content-Length: -1", "Content-Length: 0x10",
        "Content-Length: \(count),\(count)", "Content-Length: 99999999999999999999",
        "Transfer-Encoding: chunked, identity", "Transfer-Encoding: xchunked",
        "Content-Length: \(count)\r\nX: a\r\n b", "Content-Length: \(count)\r\nX Y: a",
        "Content-Length : \(count)", "Content-Length: \(count)\r\nX: a\u{0}b",
      ] {
        let answer = try await live.answer(
          "POST \(inferPath) HTTP/1.1\r\nHost: localhost\r\n\(fields)\r\n\r\n\(body)", patience: 3)
        #expect(LiveServer.status(answer) == 400, "\(fields): \(answer.prefix(60))")
        #expect(answer.contains("onnection: close"), "\(fields)")
      }
      for chunk in ["0x5\r\n", "-1\r\n", "11111111111111111\r\n", "g\r\n", "5;\u{0}\r\n"] {
        let answer = try await live.answer(
          "POST \(inferPath) HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n\(chunk)",
          patience: 3)
        #expect(LiveServer.status(answer) == 400, "\(chunk): \(answer.prefix(60))")
      }
      for text in [
        "\u{0}\u{1}\u{2}\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET /\r\n\r\n", "\u{16}\u{3}\u{1}",
      ] {
        let answer = try await live.answer(text + "\r\n\r\n", patience: 3)
        #expect([0, 400].contains(LiveServer.status(answer)), "\(text)")
      }
      let alive = try await live.request("GET", "/v2/health/live")
      #expect(alive.status == 200)
    }
  }

  @Test("heads are bounded")
  func heads() async throws {
    try await LiveServer.run { live in
      let long = try await live.answer(
        "GET / HTTP/1.1\r\nHost: localhost\r\nX: \(String(repeating: "a", count: 1 << 20))\r\n\r\n")
      #expect([431, 0].contains(LiveServer.status(long)))
      let many = try await live.answer(
        "GET / HTTP/1.1\r\nHost: localhost\r\n"
          + (0..<1001).map { "X\($0): 1\r\n" }.joined() + "\r\n")
      #expect(LiveServer.status(many) == 431)
      let path = try await live.answer(
        "GET /\(String(repeating: "a", count: 200_000)) HTTP/1.1\r\nHost: localhost\r\n\r\n")
      #expect([414, 431].contains(LiveServer.status(path)))
    }
  }

  @Test("who sends too slowly is told so and closed; others are served meanwhile")
  func slow() async throws {
    try await LiveServer.run(nil, { $0.limits.progress = .milliseconds(400) }) { live in
      async let head = blocking {
        let connection = try Connection(port: live.port)
        for byte in "GET / HTTP/1.1\r\nHost: localhost\r\nX: ".utf8 {
          guard connection.send([byte]) else { break }
          Thread.sleep(forTimeInterval: 0.05)
        }
        return connection.read(patience: 3)
      }
      async let body = blocking {
        let connection = try Connection(port: live.port)
        connection.send(
          "POST \(inferPath) HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n")
        for _ in 0..<20 {
          guard connection.send(" ") else { break }
          Thread.sleep(forTimeInterval: 0.05)
        }
        return connection.read(patience: 3)
      }
      async let silent = blocking {
        let connection = try Connection(port: live.port)
        return (connection.read(patience: 3), connection.isClosed)
      }
      async let unread = blocking {
        let connection = try Connection(port: live.port)
        let question = Array("GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)
        for _ in 0..<100_000 where !connection.send(question) { return true }
        return false
      }
      let quick = try await live.request("POST", inferPath, Array(example.utf8))
      #expect(quick.status == 200)
      #expect(try await unread, "a client that reads no answer is still served")
      #expect([0, 408].contains(LiveServer.status(try await head)))
      #expect([0, 408].contains(LiveServer.status(try await body)))
      #expect(try await silent == ("", true))
    }
  }

  @Test("a full queue and a late request are told to come again")
  func overload() async throws {
    try await LiveServer.run(
      nil, batches: BatchSettings(mostItems: 2), { $0.limits.request = .milliseconds(300) },
      startsEngine: false
    ) { live in
      let statuses = try await withThrowingTaskGroup(of: (Int, Bool).self) { group in
        for _ in 0..<5 {
          group.addTask {
            let (status, text) = try await live.request("POST", inferPath, Array(example.utf8))
            return (status, text.contains("Retry-After"))
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(statuses.allSatisfy { $0 == (503, true) })
      let ready = try await live.request("GET", "/v2/health/ready")
      #expect(ready.status == 200)
    }
  }

  @Test("a token is asked for, except by probes and the page")
  func tokens() async throws {
    let token = "0123456789abcdef0123"
    try await LiveServer.run(nil, token: token) { live in
      for path in ["/v2", "/v2/models/double", "/metrics", "/openapi.json", "/nothing"] {
        let refused = try await live.request("GET", path)
        #expect(
          refused.status == 401 && refused.text.contains("WWW-Authenticate: Bearer"), "\(path)")
      }
      for path in ["/v2/health/live", "/v2/health/ready", "/"] {
        #expect(try await live.request("GET", path).status == 200)
      }
      let open = try await live.request("GET", "/v2", fields: ["Authorization: Bearer \(token)"])
      #expect(open.status == 200)
    }
  }

  @Test("on the way out accepted requests are answered, and new ones are not taken")
  func draining() async throws {
    try await LiveServer.run(nil, startsEngine: false) { live in
      let answers = Task {
        try await withThrowingTaskGroup(of: Int.self) { group in
          for _ in 0..<20 {
            group.addTask {
              try await live.request("POST", inferPath, Array(example.utf8)).status
            }
          }
          return try await group.reduce(into: []) { $0.append($1) }
        }
      }
      while live.loop.pending < 20 { try await Task.sleep(for: .milliseconds(5)) }
      live.server.stop()
      live.server.stop()
      try await Task.sleep(for: .milliseconds(100))
      // Refused, closed without an answer, or told that the server is not ready.
      let late = try? await live.request("GET", "/v2/health/ready")
      #expect([nil, 0, 503].contains(late?.status))
      live.startEngine()
      #expect(try await answers.value.allSatisfy { $0 == 200 })
    }
  }

  @Test("many at once: everyone gets his own answer")
  func mixing() async throws {
    try await LiveServer.run(nil, batches: BatchSettings(mostRows: 8)) { live in
      let wrong = try await withThrowingTaskGroup(of: Int.self) { group in
        for client in 0..<16 {
          group.addTask {
            try await blocking {
              let connection = try Connection(port: live.port)
              var wrong = 0
              var text = ""
              for turn in 0..<50 {
                let tag = client * 1000 + turn
                let bad = turn % 7 == 3
                text +=
                  post(
                    #"{"id":"\#(tag)","inputs":[{"name":"x","shape":[1,\#(bad ? 3 : 2)],"datatype":"FP32","data":[\#(tag),1]}]}"#,
                    turn == 49 ? "Connection: close\r\n" : "")
              }
              connection.send(text)
              let answers = connection.read(patience: 10)
              for turn in 0..<50 where turn % 7 != 3 {
                let tag = client * 1000 + turn
                let part =
                  #""id":"\#(tag)","outputs":[{"name":"y","datatype":"FP32","shape":[1,2],"data":[\#(Float(2 * tag)),2.0]}]"#
                if !answers.contains(part) { wrong += 1 }
              }
              if answers.components(separatedBy: "HTTP/1.1 400").count != 8 { wrong += 1 }
              return wrong
            }
          }
        }
        return try await group.reduce(0, +)
      }
      #expect(wrong == 0)
    }
  }

  @Test("metrics of unknown names and paths make no new series")
  func series() async throws {
    try await LiveServer.run { live in
      func count() async throws -> Int {
        try await live.request("GET", "/metrics").text.split(separator: "\n").count
      }
      for index in 0..<3 {
        _ = try await live.request("GET", "/a\(index)")
        _ = try await live.request("GET", "/v2/models/m\(index)")
        _ = try await live.request("METHOD\(index)", "/v2")
      }
      _ = try await count()
      let before = try await count()
      for index in 3..<30 {
        _ = try await live.request("GET", "/a\(index)")
        _ = try await live.request("GET", "/v2/models/m\(index)")
        _ = try await live.request("METHOD\(index)", "/v2")
      }
      #expect(try await count() == before)
    }
  }
}
