import ArgumentParser
import Foundation
import LeptonGraph
import LeptonRuntime
import LeptonServing
import LeptonValues
import Synchronization

/// `lepton serve`: a model behind HTTP, until it is told to stop.
struct Serve: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Serve a model over HTTP: Open Inference Protocol, metrics, and a page to try it.",
    discussion: """
      lepton serve model.onnx, then open http://127.0.0.1:8000

      SIGTERM and Ctrl-C end it: nothing more is taken, what was taken is answered.
      """)

  @OptionGroup var file: ModelFile
  @OptionGroup var stated: StatedFacts
  @Option(help: "The name under which the model is served; the file's by default.")
  var name: String?
  @Option(help: "The address to bind. One that others reach needs a token.")
  var host = "127.0.0.1"
  @Option(help: "The port to bind; 0 for any free one.")
  var port = 8000
  @Option(help: "A port of its own for /metrics, which then asks for no token.")
  var metricsPort: Int?
  @Option(help: "A file with the token that callers must bear.", completion: .file())
  var tokenFile: String?
  @Flag(help: "Bind an address that others reach without asking them for a token.")
  var insecureNoAuth = false

  @Option(help: "Examples in one batch.")
  var maxBatch = 32
  @Option(help: "How long the first request of a batch waits for others, in microseconds.")
  var maxQueueDelayUs = 0
  @Option(help: "Requests that may wait; more are told to come again.")
  var maxQueue = 1024
  @Option(help: "Seconds that a request waits at most.")
  var timeout = 30.0
  @Option(help: "Seconds for which requests are still answered once it is to stop.")
  var drainTimeout = 30.0
  @Option(help: "Mebibytes of a request's body at most.")
  var maxBodyMib = 64
  @Option(help: "Connections at once.")
  var maxConnections = 4096

  @OptionGroup var engine: EngineOptions
  @OptionGroup var reporting: Reporting

  func run() throws {
    try check()
    let access = try AccessRule(
      host: host, token: try tokenFile.map(AccessRule.token), isOpen: insecureNoAuth)
    let state = Running()
    let signals = StopSignals {
      // While the model is being read there is nothing to finish.
      guard let server = state.server.withLock({ $0 }) else { Foundation.exit(0) }
      server.stop()
    }
    defer { signals.cancel() }

    let file = try servedFile()
    let model = try stated.applied(to: file.model(batch: nil))
    let metrics = ServerMetrics { [reporting] in reporting.note($0) }
    let batches = try BatchModel(
      model, name: try servedName(model, file), mostRows: maxBatch,
      precision: engine.precision(of: model), options: options(for: model))
    let loop = BatchLoop(
      batches,
      BatchSettings(
        mostRows: maxBatch, mostItems: maxQueue, delay: UInt64(maxQueueDelayUs) * 1000),
      timeout: .seconds(timeout), metrics: metrics)
    let settings = settings()
    let running = try InferenceServer(
      model, batches, loop, settings: settings, access: access, metrics: metrics)
    state.server.withLock { $0 = running }
    try serve(running, loop, batches.signature, state)
  }

  /// Threads are what was asked for; else a small model leaves a core to the connections, which have as much to do.
  private func options(for model: Model) -> CompileOptions {
    var options = engine.compileOptions()
    let operations = model.graph.cost.flops / max(1, model.batch)
    if options.threads == nil, operations < 100_000_000 {
      options.threads = max(1, ProcessInfo.processInfo.activeProcessorCount - 1)
    }
    return options
  }

  /// What the threads of the command tell each other.
  private final class Running: Sendable {
    let server = Mutex<InferenceServer?>(nil)
    /// The requests that were cut off.
    let outcome = Mutex<Result<Int, any Error>?>(nil)
  }

  /// The server works on threads of its own; this one, the main thread, is the engine's.
  private func serve(
    _ server: InferenceServer, _ loop: BatchLoop, _ model: ModelSignature, _ state: Running
  ) throws {
    Task.detached { [host, reporting] in
      let result: Result<Int, any Error>
      do {
        result = .success(
          try await server.run { port in
            let shown = host.contains(":") ? "[\(host)]" : host
            reporting.note("serving \(model.name) at http://\(shown):\(port)")
          })
      } catch {
        result = .failure(error)
      }
      state.outcome.withLock { $0 = result }
      loop.stop()
    }
    loop.run()
    let cutOff = try state.outcome.withLock { $0 }?.get() ?? 0
    reporting.note(
      cutOff == 0 ? "stopped; every request was answered" : "stopped; \(cutOff) requests cut off")
  }

  private func check() throws {
    func refuse(_ flag: String, _ value: some Any, _ fix: String) -> LeptonError {
      LeptonError(.usage, "\(flag) is \(value)", at: "serve", fix: fix)
    }
    for (flag, value) in [("--port", port), ("--metrics-port", metricsPort ?? 0)]
    where !(0...65535).contains(value) {
      throw refuse(flag, value, "give 0 to 65535")
    }
    if let metricsPort, metricsPort == port, port != 0 {
      throw refuse("--metrics-port", metricsPort, "leave it out, or give another than --port")
    }
    for (flag, value, most) in [
      ("--max-batch", maxBatch, 4096), ("--max-queue", maxQueue, 1 << 20),
      ("--max-body-mib", maxBodyMib, 1024), ("--max-connections", maxConnections, 1 << 20),
    ] where !(1...most).contains(value) {
      throw refuse(flag, value, "give 1 to \(most)")
    }
    guard (0...10_000_000).contains(maxQueueDelayUs) else {
      throw refuse("--max-queue-delay-us", maxQueueDelayUs, "give 0 to 10000000")
    }
    for (flag, value) in [("--timeout", timeout), ("--drain-timeout", drainTimeout)]
    where !(0.001...86_400).contains(value) {
      throw refuse(flag, value, "give 0.001 to 86400 seconds")
    }
    if let name, !ModelSignature.isName(name) {
      throw refuse("--name", "'\(name)'", "use letters, digits and . _ -, at most 128")
    }
  }

  /// The file itself, or `model.onnx` in a folder that a run has left.
  private func servedFile() throws -> ModelFile {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: file.model, isDirectory: &isFolder),
      isFolder.boolValue
    else { return file }
    return ModelFile(
      extents: file.extent,
      of: URL(fileURLWithPath: file.model).appendingPathComponent("model.onnx").path)
  }

  private func servedName(_ model: Model, _ file: ModelFile) throws -> String {
    if let name { return name }
    let file = URL(fileURLWithPath: file.model).deletingPathExtension().lastPathComponent
    // Every run calls its file model.onnx.
    return ModelSignature.name(from: file == "model" ? model.facts.name : file)
  }

  private func settings() -> InferenceServer.Settings {
    var settings = InferenceServer.Settings()
    (settings.host, settings.port, settings.metricsPort) = (host, port, metricsPort)
    settings.limits.bodyBytes = maxBodyMib << 20
    settings.limits.allBodyBytes = max(4 * maxBodyMib << 20, 256 << 20)
    settings.limits.connections = OpenFiles.raise(for: maxConnections)
    settings.limits.request = .seconds(timeout)
    settings.drain = .seconds(drainTimeout)
    settings.version = Version.current
    return settings
  }
}
