import HTTPTypes
import LeptonValues
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// Stands in a connection's pipeline behind the parser: keeps the caller moving, answers what the parser refuses, and closes
/// so that the caller still gets his answer.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  private var progress: ConnectionProgress
  private let limits: ServerLimits
  private var nextTick: Scheduled<Void>?
  /// The last answer is on its way: what still arrives is thrown away.
  private var isClosing = false
  /// Of the answer that is being written.
  private var closesAfterAnswer = false

  init(_ limits: ServerLimits) {
    self.limits = limits
    progress = ConnectionProgress(
      .init(
        span: limits.progress.nanoseconds, bodyBytes: limits.progressBytes,
        headBytes: limits.headerBytes + limits.pathBytes + 4096),
      now: Self.now)
  }

  private static var now: UInt64 { NIODeadline.now().uptimeNanoseconds }

  // MARK: Life

  func handlerAdded(context: ChannelHandlerContext) {
    let counter = ByteCounter { [self] count, isParsed in received(count, isParsed, context) }
    do {
      try context.pipeline.syncOperations.addHandler(counter, position: .first)
    } catch {
      context.close(promise: nil)
    }
    scheduleTick(context)
  }

  func handlerRemoved(context: ChannelHandlerContext) { nextTick?.cancel() }

  func channelInactive(context: ChannelHandlerContext) {
    nextTick?.cancel()
    context.fireChannelInactive()
  }

  private func scheduleTick(_ context: ChannelHandlerContext) {
    let pause = TimeAmount.nanoseconds(Int64(limits.progress.nanoseconds / 8))
    nextTick = context.eventLoop.assumeIsolatedUnsafeUnchecked().scheduleTask(in: pause) { [self] in
      tick(context)
    }
  }

  private func tick(_ context: ChannelHandlerContext) {
    guard !isClosing else { return }
    defer { scheduleTick(context) }
    let waiting = context.channel.isWritable ? 0 : Self.waitingBytes(context)
    switch progress.verdict(at: Self.now, waiting: waiting) {
    case .goOn: break
    case .close: context.close(promise: nil)
    case .tooSlow: refuse(Refusal(408, "the request arrives too slowly"), context)
    }
  }

  private static func waitingBytes(_ context: ChannelHandlerContext) -> Int {
    let bytes = try? context.channel.syncOptions?.getOption(ChannelOptions.bufferedWritableBytes)
    return max(bytes ?? 1, 1)
  }

  // MARK: Coming in

  private func received(_ count: Int, _ isParsed: Bool, _ context: ChannelHandlerContext) {
    if !isParsed {
      progress.received(count, at: Self.now)
    } else if progress.isHeadTooLong {
      refuse(Refusal(431, "the head of the request is too long"), context)
    }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if isClosing { return }
    switch unwrapInboundIn(data) {
    case .head(let head):
      progress.headEnded(at: Self.now)
      if head.headerFields[.expect]?.lowercased() == "100-continue", progress.unanswered == 1,
        (head.headerFields[.contentLength].flatMap { Int($0) } ?? 0) <= limits.bodyBytes
      {
        context.writeAndFlush(
          wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
      }
    case .body: break
    case .end: progress.requestEnded(at: Self.now)
    }
    context.fireChannelRead(data)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard let error = error as? HTTPParserError else {
      context.fireErrorCaught(error)
      return
    }
    refuse(
      error == .headerOverflow
        ? Refusal(431, "the header fields are too long or too many")
        : .bad("this is not HTTP/1.1 as RFC 9112 has it"), context)
  }

  /// Answers in place of what stands behind, and closes; where another answer may be half written, only closes.
  private func refuse(_ refusal: Refusal, _ context: ChannelHandlerContext) {
    guard !isClosing else { return }
    let isAlone = progress.unanswered == (progress.isReading ? 1 : 0) || progress.unanswered == 0
    guard isAlone, !hasBegunAnswer else { return context.close(promise: nil) }
    var head = HTTPResponse(status: .init(code: refusal.status))
    head.headerFields = [
      .contentType: "application/json", .connection: "close",
      .contentLength: "\(refusal.body.count)",
    ]
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    context.write(wrapOutboundOut(.body(ByteBuffer(bytes: refusal.body))), promise: nil)
    context.write(wrapOutboundOut(.end(nil)), promise: nil)
    linger(context)
  }

  // MARK: Going out

  private var hasBegunAnswer = false

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    if isClosing {
      promise?.fail(ChannelError.ioOnClosedChannel)
      return
    }
    switch unwrapOutboundIn(data) {
    case .head(var head) where head.status.kind != .informational:
      hasBegunAnswer = true
      // What is left of a body that nobody wants is not waited for.
      closesAfterAnswer =
        head.headerFields[.connection] == "close"
        || (progress.isReading && progress.unanswered == 1)
      if closesAfterAnswer { head.headerFields[.connection] = "close" }
      context.write(wrapOutboundOut(.head(head)), promise: promise)
    case .end:
      context.write(data, promise: promise)
      hasBegunAnswer = false
      progress.answered()
      if closesAfterAnswer { linger(context) }
    default: context.write(data, promise: promise)
    }
  }

  /// Sends what is written and then nothing more, and reads on for a moment: closing with bytes unread would reset the
  /// connection, and the caller might lose the answer.
  private func linger(_ context: ChannelHandlerContext) {
    isClosing = true
    context.flush()
    context.close(mode: .output, promise: nil)
    context.eventLoop.assumeIsolatedUnsafeUnchecked().scheduleTask(in: .seconds(1)) {
      context.close(promise: nil)
    }
  }
}

@available(*, unavailable)
extension ConnectionGuard: Sendable {}

/// The first handler of a connection: tells how many bytes arrive, before they are parsed and after.
private final class ByteCounter: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private let tell: (_ count: Int, _ isParsed: Bool) -> Void

  init(_ tell: @escaping (Int, Bool) -> Void) { self.tell = tell }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let count = unwrapInboundIn(data).readableBytes
    tell(count, false)
    context.fireChannelRead(data)
    tell(count, true)
  }
}
