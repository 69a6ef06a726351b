import Hummingbird
import HummingbirdCore
import Logging
import NIOCore

/// HTTP/1.1 on one connection, whose work stays on the connection's own thread: a request is parsed, checked and answered
/// without passing from thread to thread, except for the engine's part.
struct ServedChannel: ServerChildChannel {
  private let http: HTTP1Channel

  init(_ limits: ServerLimits, _ responder: @escaping HTTPChannelHandler.Responder) {
    http = HTTP1Channel(
      responder: responder,
      configuration: .init(
        additionalChannelHandlers: [ConnectionGuard(limits)],
        idleTimeout: .nanoseconds(Int64(limits.idle.nanoseconds)),
        httpDecoderConfiguration: .init(
          maxHeaderFieldSize: limits.headerBytes, maxHeaderListSize: limits.headerBytes,
          maxHeaderFieldCount: limits.headerCount)))
  }

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
    http.setup(channel: channel, logger: logger)
  }

  func handle(value: HTTP1Channel.Value, logger: Logger) async {
    await withTaskExecutorPreference(EventLoopTasks(value.channel.eventLoop)) {
      await http.handle(value: value, logger: logger)
    }
  }
}

/// Runs tasks on an event loop's thread.
private final class EventLoopTasks: TaskExecutor {
  private let loop: any EventLoop

  init(_ loop: any EventLoop) { self.loop = loop }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}
