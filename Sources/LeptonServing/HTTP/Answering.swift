import HTTPTypes
import Hummingbird
import NIOCore

/// An answer to a request, before it becomes HTTP.
struct Reply: Sendable {
  var status = 200
  var body: [UInt8]
  var type = "application/json"
  var fields: [HTTPField] = []

  init(json body: [UInt8], status: Int = 200) {
    self.body = body
    self.status = status
  }

  init(_ body: [UInt8], type: String) {
    self.body = body
    self.type = type
  }

  init(_ refusal: Refusal) {
    status = refusal.status
    body = refusal.body
    if let seconds = refusal.retryAfter {
      fields.append(HTTPField(name: .retryAfter, value: "\(seconds)"))
    }
    if !refusal.allow.isEmpty {
      fields.append(HTTPField(name: .allow, value: refusal.allow.joined(separator: ", ")))
    }
    if status == 401 { fields.append(HTTPField(name: .wwwAuthenticate, value: "Bearer")) }
  }

  var response: Response {
    var headers: HTTPFields = [
      .contentType: type, .xContentTypeOptions: "nosniff", .cacheControl: "no-store",
    ]
    for field in fields { headers[field.name] = field.value }
    return Response(
      status: .init(code: status), headers: headers,
      body: .init(byteBuffer: ByteBuffer(bytes: body)))
  }
}

extension HTTPField.Name {
  static let inferenceHeaderLength = HTTPField.Name("Inference-Header-Content-Length")!
}
