import HTTPTypes
import Hummingbird
import NIOCore

/// What a request is answered in.
struct Exchange: InitializableFromSource {
  init(source: ApplicationRequestContextSource) {}
}

/// Finds the route, lets in whom the rule lets in, and answers; every refusal becomes `{"error": "..."}`.
struct ServerResponder: HTTPResponder {
  let routes: [Route]
  let access: AccessRule
  let limits: ServerLimits
  let service: InferenceService
  let bodies: BodyReader

  func respond(to request: Request, context: Exchange) async throws -> Response {
    let start = BatchLoop.now()
    var label = "other"
    let reply: Reply
    do {
      reply = try await answer(request, &label)
    } catch let refusal as Refusal {
      reply = Reply(refusal)
    } catch is CancellationError {
      throw CancellationError()
    } catch {
      // The connection failed while its body was being read; nobody is left to be answered.
      reply = Reply(Refusal(400, "the body could not be read"))
    }
    service.metrics.answered(
      label, Self.label(of: request.method), reply.status, nanoseconds: BatchLoop.now() - start)
    return request.method == .head ? reply.response.createHeadResponse() : reply.response
  }

  private func answer(_ request: Request, _ label: inout String) async throws -> Reply {
    let target = request.head.path ?? ""
    guard target.utf8.count <= limits.pathBytes else {
      throw Refusal(414, "the path is longer than \(limits.pathBytes) bytes")
    }
    let match = Result { try RouteMatch(request.method, target, in: routes) }
    var isOpen = false
    if case .success(let match) = match {
      label = match.route.template
      isOpen = match.route.operation.isOpen
    }
    try access.check(request.head, isOpen: isOpen)
    return try await service.answer(try match.get(), request, bodies)
  }

  /// A method as metrics name it: one of a few.
  private static func label(of method: HTTPRequest.Method) -> String {
    switch method {
    case .get, .head, .post, .put, .delete, .options, .patch: method.rawValue
    default: "other"
    }
  }
}
