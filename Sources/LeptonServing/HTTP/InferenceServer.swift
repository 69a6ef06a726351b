import Foundation
import Hummingbird
import HummingbirdCore
package import LeptonGraph
import LeptonValues
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization

/// The server: one model behind HTTP, from the first connection to the last answer.
package final class InferenceServer: Sendable {
  package struct Settings: Sendable {
    package var host = "127.0.0.1"
    /// 0 for any free one.
    package var port = 8000
    /// Where metrics are answered on a port of their own; nil for `/metrics` beside everything else.
    package var metricsPort: Int?
    package var limits = ServerLimits()
    /// The longest that requests are still answered once the server is to stop.
    package var drain = Duration.seconds(30)
    /// Of the program, for the server's metadata.
    package var version = "0"

    package init() {}
  }

  private let settings: Settings
  private let access: AccessRule
  private let service: InferenceService
  private let bodies: BodyReader
  private let group = Mutex<ServiceGroup?>(nil)
  private let isStopping = Atomic<Bool>(false)
  /// Says that there is nothing more to wait for, with the error that was the reason.
  private let (ended, end) = AsyncStream<(any Error)?>.makeStream()

  /// - Throws: `LeptonError` of kind `badInput` for a model whose facts are not of its graph.
  package init(
    _ model: Model, _ batches: BatchModel, _ loop: BatchLoop, settings: Settings,
    access: AccessRule, metrics: ServerMetrics
  ) throws {
    self.settings = settings
    self.access = access
    bodies = BodyReader(settings.limits)
    let signature = batches.signature
    let routes = Self.routes(settings)
    let card = try ServedModel(model, name: signature.name, mostPixels: settings.limits.pixels)
    let document = OpenAPIDocument(
      routes: routes, model: signature, asksForToken: access.asksForToken,
      version: settings.version, mostRows: 32, columns: card.rowColumns,
      takesImages: card.takesImages)
    service = InferenceService(
      signature, loop, card, metrics: metrics, version: settings.version, document: document.json)
  }

  private static func routes(_ settings: Settings) -> [Route] {
    settings.metricsPort == nil ? Route.inference + Route.metrics : Route.inference
  }

  /// The application with everything but metrics on a port of their own.
  func application(
    _ started: @escaping @Sendable (Int) async -> Void = { _ in }
  ) -> some ApplicationProtocol {
    application(Self.routes(settings), access, port: settings.port, started)
  }

  private func application(
    _ routes: [Route], _ access: AccessRule, port: Int,
    _ started: @escaping @Sendable (Int) async -> Void
  ) -> Application<ServerResponder> {
    let limits = settings.limits
    return Application(
      responder: ServerResponder(
        routes: routes, access: access, limits: limits, service: service, bodies: bodies),
      server: HTTPServerBuilder { ServedChannel(limits, $0) },
      configuration: ApplicationConfiguration(
        address: .hostname(settings.host, port: port), serverName: "lepton", backlog: 1024,
        availableConnectionsDelegate: .maximum(limits.connections, logger: Self.logger)),
      onServerRunning: { await started($0.localAddress?.port ?? port) },
      logger: Self.logger)
  }

  /// What goes wrong on a connection is its caller's affair, and counted in the metrics.
  private static let logger = Logger(label: "lepton.server") { _ in SwiftLogNoOpLogHandler() }

  /// Answers until `stop`; then finishes what was begun, as long as `drain` allows.
  ///
  /// - Parameter started: is told the port once connections are taken.
  /// - Returns: requests that were cut off.
  /// - Throws: `LeptonError` of kind `io` where the address cannot be bound.
  package func run(started: @escaping @Sendable (Int) async -> Void) async throws -> Int {
    var services: [any Service] = [application(started), Sweeping(service: service)]
    if let port = settings.metricsPort {
      // Counts are no secrets, and scrapers carry no tokens.
      let access = try AccessRule(host: settings.host, token: nil, isOpen: true)
      services.append(application(Route.metrics, access, port: port) { _ in })
    }
    let group = ServiceGroup(
      configuration: .init(services: services.map { .init(service: $0) }, logger: Self.logger))
    self.group.withLock { $0 = group }
    if isStopping.load(ordering: .sequentiallyConsistent) { return 0 }
    Task { [end] in
      do {
        try await group.run()
        end.yield(nil)
      } catch {
        end.yield(error)
      }
    }
    for await error in ended {
      if let error { throw described(error) }
      break
    }
    return service.pending
  }

  private func described(_ error: any Error) -> any Error {
    guard let error = error as? IOError else { return error }
    return LeptonError(
      .io, "the port cannot be bound: \(String(cString: strerror(error.errnoCode)))",
      at: "\(settings.host):\(settings.port)", fix: "choose another with --port; 0 takes a free one"
    )
  }

  /// No more requests are taken; those that were are answered, until `drain` is over. May be called from any thread, and
  /// more than once.
  package func stop() {
    guard !isStopping.exchange(true, ordering: .sequentiallyConsistent) else { return }
    service.stopTaking()
    let group = group.withLock { $0 }
    Task { await group?.triggerGracefulShutdown() }
    Task { [end, drain = settings.drain] in
      // Only the end of the process cancels it.
      try? await Task.sleep(for: drain)
      end.yield(nil)
    }
  }
}

/// Refuses, a few times a second, what has waited too long.
private struct Sweeping: Service {
  let service: InferenceService

  func run() async throws {
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        do { try await Task.sleep(for: .milliseconds(20)) } catch { return }
        service.sweep()
      }
    }
  }
}
