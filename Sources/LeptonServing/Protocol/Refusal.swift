package import LeptonData

/// Why a request is not answered: an HTTP status, and a sentence that tells the caller what to change. The sentence is a
/// template with names and numbers of the request; never a path, an address or the text of another error.
package struct Refusal: Error, Hashable, Sendable {
  package let status: Int
  package let message: String
  /// Seconds after which the same request may succeed.
  package var retryAfter: Int?
  /// The methods that a path takes, for status 405.
  package var allow: [String] = []

  package init(_ status: Int, _ message: String, retryAfter: Int? = nil, allow: [String] = []) {
    self.status = status
    self.message = message
    self.retryAfter = retryAfter
    self.allow = allow
  }

  /// A request that is wrong in itself.
  package static func bad(_ message: String) -> Refusal { Refusal(400, message) }

  /// `{"error": "..."}`, as every refusal is written.
  package var body: [UInt8] {
    var json = JSONWriter()
    json.object { $0.member("error") { $0.string(message) } }
    return json.bytes
  }
}

/// What a caller wrote, short enough to be said back to him.
func quoted(_ text: String) -> String {
  text.count <= 64 ? "'\(text)'" : "'\(text.prefix(61))...'"
}

extension JSONScanner.Fault {
  package var refusal: Refusal { .bad("the JSON is wrong at byte \(byte): \(what)") }
}
