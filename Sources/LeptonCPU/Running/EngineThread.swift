import CLeptonKernels
import Foundation

/// Where the engine runs: the main thread where the caller is on it, else one thread of its own.
///
/// Every thread that enters an OpenMP region gets a team of its own, and two teams fight over the cores; Swift's
/// cooperative threads must therefore never run kernels. One run at a time.
enum EngineThread {
  private static let lock = NSLock()
  private static let worker = Worker()

  static func run<R>(_ body: () throws -> R) throws -> R {
    lock.lock()
    defer { lock.unlock() }
    if Thread.isMainThread { return try body() }
    return try worker.run(body)
  }

  /// A thread that does what it is handed, one thing at a time.
  private final class Worker: @unchecked Sendable {
    private let handedOver = DispatchSemaphore(value: 0)
    private let finished = DispatchSemaphore(value: 0)
    private var job: (() -> Void)?

    init() {
      let thread = Thread { [unowned self] in
        while true {
          handedOver.wait()
          job?()
          finished.signal()
        }
      }
      thread.name = "lepton-engine"
      thread.stackSize = 8 << 20
      thread.start()
    }

    func run<R>(_ body: () throws -> R) throws -> R {
      try withoutActuallyEscaping(body) { body in
        var result: Result<R, any Error>?
        job = { result = Result(catching: body) }
        handedOver.signal()
        finished.wait()
        job = nil
        return try result!.get()
      }
    }
  }
}
