import Foundation
package import HTTPTypes
import LeptonData
import LeptonValues

/// Who is let in.
package struct AccessRule: Sendable {
  /// The digest of the token that callers must bear; nil where none is asked for.
  private let token: String?
  /// Whether requests must be addressed to this computer by a name of its own. A page of another site can have a browser
  /// resolve its own name to the loopback address, and would then talk to a server that asks for nothing.
  private let mustNameLoopback: Bool

  /// - Parameters:
  ///   - host: the address that the server binds.
  ///   - token: what callers must bear.
  ///   - isOpen: whether an address that others reach may do without a token.
  /// - Throws: `LeptonError` of kind `usage` for an address that others reach, without a token.
  package init(host: String, token: String?, isOpen: Bool) throws {
    let isLoopback = Self.isLoopback(host)
    guard isLoopback || token != nil || isOpen else {
      throw LeptonError(
        .usage, "\(host) can be reached from other computers, and nothing keeps them out",
        at: "--host",
        fix: "give --token-file FILE, or --insecure-no-auth where something else guards it")
    }
    self.token = token.map { SHA256.hex(of: Array($0.utf8)) }
    mustNameLoopback = isLoopback && token == nil && !isOpen
  }

  /// The token that a file holds: its first line.
  package static func token(at path: String) throws -> String {
    let bytes = try FileBytes.read(path)
    let text = String(validating: bytes, as: UTF8.self)?
      .trimmingCharacters(in: .whitespacesAndNewlines)
    guard let text, text.utf8.count >= 16, text.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) else {
      throw LeptonError(
        .badInput, "this is no token", at: path,
        fix:
          "write one line of at least 16 visible ASCII characters, such as of openssl rand -hex 32"
      )
    }
    return text
  }

  static func isLoopback(_ host: String) -> Bool {
    let name = host.lowercased()
    if name == "localhost" || name.hasSuffix(".localhost") || name == "::1" { return true }
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }

  var asksForToken: Bool { token != nil }

  /// - Throws: `Refusal` with status 401 or 403.
  package func check(_ request: HTTPRequest, isOpen: Bool) throws {
    if mustNameLoopback {
      guard let authority = request.authority, Self.isLoopback(Self.host(of: authority)) else {
        throw Refusal(403, "the request is addressed to a host that this server is not")
      }
    }
    guard let token, !isOpen else { return }
    let fields = request.headerFields[values: .authorization]
    guard fields.count == 1, let presented = Self.bearer(fields[0]),
      Self.equal(SHA256.hex(of: Array(presented.utf8)), token)
    else { throw Refusal(401, "a valid token is needed: Authorization: Bearer TOKEN") }
  }

  /// `127.0.0.1:8000` and `[::1]:8000` without their ports.
  private static func host(of authority: String) -> String {
    if authority.hasPrefix("[") { return String(authority.dropFirst().prefix { $0 != "]" }) }
    return String(authority.prefix { $0 != ":" })
  }

  private static func bearer(_ field: String) -> Substring? {
    guard field.utf8.count <= 4096, field.prefix(7).lowercased() == "bearer " else { return nil }
    return field.dropFirst(7)
  }

  /// In a time that does not depend on where they differ; both are digests.
  private static func equal(_ a: String, _ b: String) -> Bool {
    let (a, b) = (Array(a.utf8), Array(b.utf8))
    guard a.count == b.count else { return false }
    return zip(a, b).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
  }
}
