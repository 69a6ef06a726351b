import HTTPTypes
import LeptonServing
import LeptonValues
import Testing

@Suite("Paths")
struct RouteTests {
  private func status(_ method: HTTPRequest.Method, _ path: String) -> Int {
    do {
      let match = try RouteMatch(method, path, in: Route.inference)
      return match.model == nil || match.model == "m" ? 200 : 404
    } catch let refusal as Refusal {
      return refusal.status
    } catch {
      return 500
    }
  }

  @Test(
    "what there is",
    arguments: [
      "/", "/v2", "/v2?x=1", "/v2/health/live", "/v2/models/m", "/v2/models/%6d",
      "/v2/models/stats",
      "/v2/models/m/versions/1", "/v2/models/m/versions/999999999999999999/ready",
    ])
  func known(_ path: String) { #expect(status(.get, path) == 200) }

  @Test(
    "what there is not",
    arguments: [
      "", "v2", "*", "//", "/v2/", "//v2", "/v2//models", "/v2/models", "/v2/models/m/",
      "/v2/models/m/x",
      "/V2", "/v2/health", "/v3", "/v2/models/m/versions", "http://a/v2", "/metrics",
    ])
  func unknown(_ path: String) { #expect(status(.get, path) == 404) }

  @Test(
    "names that are none",
    arguments: [
      "..", ".", "%2e%2e", "%2e%2e%2f", "%252e%252e%252f", "..%5c", "..;", "..%00", "a%2fb",
      "%ef%bc%8f",
      "%20..", "..%20", "%", "%4", "%zz", "%ff", "a%0d%0aX:y", "a%E2%80%AEb", "%09", "m%00",
      String(repeating: "a", count: 129),
    ])
  func names(_ name: String) { #expect(status(.get, "/v2/models/\(name)") == 400) }

  @Test(
    "paths of several segments are no names", arguments: ["../etc", "a/../b", "../../etc/passwd"])
  func segments(_ name: String) {
    #expect([400, 404].contains(status(.get, "/v2/models/\(name)")))
  }

  @Test(
    "names that may be, though unknown here",
    arguments: ["...", "..my_model", "model..1", "model....1", "CON", "-rf", "A"])
  func odd(_ name: String) { #expect(status(.get, "/v2/models/\(name)") == 404) }

  @Test(
    "versions that are none",
    arguments: ["0", "-1", "abc", "01", "1.0", "+1", "%31", String(repeating: "9", count: 40)])
  func versions(_ version: String) {
    #expect(status(.get, "/v2/models/m/versions/\(version)") == 400)
  }

  @Test("other methods are refused with those that are taken")
  func methods() {
    for method in [HTTPRequest.Method.put, .delete, .patch, .options, .trace, .connect, .get] {
      let refusal = #expect(throws: Refusal.self) {
        _ = try RouteMatch(method, "/v2/models/m/infer", in: Route.inference)
      }
      #expect(refusal?.status == 405 && refusal?.allow == ["POST"])
    }
    let refusal = #expect(throws: Refusal.self) {
      _ = try RouteMatch(.post, "/v2", in: Route.inference)
    }
    #expect(refusal?.allow == ["GET", "HEAD"])
    #expect(status(.head, "/v2") == 200)
  }
}

@Suite("Who is let in")
struct AccessRuleTests {
  private let token = "0123456789abcdef0123"

  private func status(_ rule: AccessRule, _ authority: String, _ field: String? = nil) -> Int {
    var request = HTTPRequest(method: .get, scheme: "http", authority: authority, path: "/v2")
    if let field { request.headerFields[.authorization] = field }
    do {
      try rule.check(request, isOpen: false)
      return 200
    } catch {
      return (error as? Refusal)?.status ?? 500
    }
  }

  @Test("an address that others reach needs a token, or the word that it needs none")
  func addresses() throws {
    for host in ["0.0.0.0", "::", "192.168.0.1", "example.org", "127.0.0.1.example.org", "127.1"] {
      #expect(throws: LeptonError.self) {
        _ = try AccessRule(host: host, token: nil, isOpen: false)
      }
      _ = try AccessRule(host: host, token: token, isOpen: false)
      _ = try AccessRule(host: host, token: nil, isOpen: true)
    }
    for host in ["127.0.0.1", "127.9.9.9", "localhost", "::1"] {
      _ = try AccessRule(host: host, token: nil, isOpen: false)
    }
  }

  @Test("only the token itself opens")
  func tokens() throws {
    let rule = try AccessRule(host: "0.0.0.0", token: token, isOpen: false)
    #expect(status(rule, "a", "Bearer \(token)") == 200)
    #expect(status(rule, "a", "bearer \(token)") == 200)
    for field in [
      nil, "", "Bearer", "Bearer ", "Bearer \(token)0", "Bearer \(token.dropLast())", token,
      "Basic \(token)", "Bearer Bearer \(token)",
      "Bearer " + String(repeating: "a", count: 1 << 20),
    ] { #expect(status(rule, "a", field) == 401) }
  }

  @Test("an open loopback server answers only to names of this computer")
  func rebinding() throws {
    let rule = try AccessRule(host: "127.0.0.1", token: nil, isOpen: false)
    for name in ["127.0.0.1:8000", "localhost", "LOCALHOST:1", "[::1]:8000", "127.0.0.1"] {
      #expect(status(rule, name) == 200)
    }
    for name in ["evil.example:8000", "127.0.0.1.evil.example", "0.0.0.0", "[::2]", ""] {
      #expect(status(rule, name) == 403)
    }
  }
}
