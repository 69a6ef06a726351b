package import HTTPTypes

/// A path that the server answers, and with what. The list of them is the server's surface: what is not in it is not
/// there, and the OpenAPI document is written from it.
package struct Route: Hashable, Sendable {
  enum Operation: Hashable, Sendable, CaseIterable {
    case live, ready, server
    case model, modelReady, infer, predict, card
    case statistics, modelStatistics, index
    case metrics, document, page
  }

  let method: HTTPRequest.Method
  /// `/v2/models/{model}/infer`
  let template: String
  let operation: Operation
  private let segments: [Segment]

  private enum Segment: Hashable, Sendable {
    case literal(String)
    case parameter(String)
  }

  init(_ method: HTTPRequest.Method, _ template: String, _ operation: Operation) {
    self.method = method
    self.template = template
    self.operation = operation
    segments = template.split(separator: "/").map { part in
      part.hasPrefix("{") ? .parameter(String(part.dropFirst().dropLast())) : .literal(String(part))
    }
  }

  /// The parameters of the path, where its segments are the route's; still percent-encoded.
  func parameters(of path: [Substring]) -> [String: Substring]? {
    guard path.count == segments.count else { return nil }
    var parameters: [String: Substring] = [:]
    for (segment, part) in zip(segments, path) {
      switch segment {
      case .literal(let text): if text != part { return nil }
      case .parameter(let name): parameters[name] = part
      }
    }
    return parameters
  }

  /// The names of the parameters, in order.
  var parameterNames: [String] {
    segments.compactMap { if case .parameter(let name) = $0 { name } else { nil } }
  }

  /// Everything that the server answers, metrics apart.
  package static let inference: [Route] = [
    Route(.get, "/", .page),
    Route(.get, "/openapi.json", .document),
    Route(.get, "/v2", .server),
    Route(.get, "/v2/health/live", .live),
    Route(.get, "/v2/health/ready", .ready),
    Route(.post, "/v2/repository/index", .index),
    Route(.get, "/v2/models/stats", .statistics),
    Route(.get, "/v2/models/{model}", .model),
    Route(.get, "/v2/models/{model}/ready", .modelReady),
    Route(.get, "/v2/models/{model}/stats", .modelStatistics),
    Route(.get, "/v2/models/{model}/card", .card),
    Route(.post, "/v2/models/{model}/infer", .infer),
    Route(.post, "/v2/models/{model}/predict", .predict),
    Route(.get, "/v2/models/{model}/versions/{version}", .model),
    Route(.get, "/v2/models/{model}/versions/{version}/ready", .modelReady),
    Route(.get, "/v2/models/{model}/versions/{version}/stats", .modelStatistics),
    Route(.post, "/v2/models/{model}/versions/{version}/infer", .infer),
  ]

  package static let metrics: [Route] = [Route(.get, "/metrics", .metrics)]
}

extension Route.Operation {
  /// Whether it is answered without a token: what orchestrators probe, and the page that asks for the token.
  var isOpen: Bool {
    switch self {
    case .live, .ready, .page: true
    default: false
    }
  }
}

/// Which route a path is, and with which parameters.
package struct RouteMatch: Hashable, Sendable {
  let route: Route
  /// Decoded once.
  package let model: String?
  let version: String?

  /// - Throws: `Refusal`: 404 where there is no such path, 405 where it takes other methods, 400 where a name or version
  ///   is none.
  package init(_ method: HTTPRequest.Method, _ target: String, in routes: [Route]) throws {
    let path = target.prefix { $0 != "?" && $0 != "#" }
    guard path.first == "/" else { throw Refusal.noPath }
    // An empty last segment is one: a trailing slash is another path, which does not exist.
    let segments =
      path == "/" ? [] : path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
    var found: (route: Route, parameters: [String: Substring])?
    var allowed: [String] = []
    for route in routes {
      guard let parameters = route.parameters(of: segments) else { continue }
      if route.method == method || (method == .head && route.method == .get) {
        found = found ?? (route, parameters)
      }
      allowed.append(route.method.rawValue)
      if route.method == .get { allowed.append("HEAD") }
    }
    guard let found else {
      if allowed.isEmpty { throw Refusal.noPath }
      throw Refusal(
        405, "this path takes \(allowed.joined(separator: ", "))", allow: allowed)
    }
    route = found.route
    model = try found.parameters["model"].map { text in
      guard let name = text.removingPercentEncoding, ModelSignature.isName(name) else {
        throw Refusal.bad("the path's model name is none: letters, digits and . _ - are")
      }
      return name
    }
    version = try found.parameters["version"].map { text in
      guard let first = text.utf8.first, first != UInt8(ascii: "0"), text.utf8.count <= 18,
        text.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 })
      else { throw Refusal.bad("the path's version is no whole number from 1 on") }
      return String(text)
    }
  }
}

extension Refusal {
  static var noPath: Refusal { Refusal(404, "there is nothing at this path") }
}

extension Substring {
  /// The text with its percent escapes decoded, once; nil where they are broken or not UTF-8.
  fileprivate var removingPercentEncoding: String? {
    guard utf8.contains(UInt8(ascii: "%")) else { return String(self) }
    var bytes: [UInt8] = []
    var rest = Substring(self).utf8[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard rest.count >= 2, let code = UInt8(String(rest.prefix(2)) ?? "", radix: 16) else {
        return nil
      }
      bytes.append(code)
      rest.removeFirst(2)
    }
    return String(validating: bytes, as: UTF8.self)
  }
}
