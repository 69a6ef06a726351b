import Foundation
import LeptonValues
import Synchronization

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// One file from the web: written beside its place until it is whole and its SHA-256 is right; what is there of an
/// interrupted download is not fetched again.
package struct Download: Sendable {
  private let url: URL
  private let bytes: Int
  private let sha256: String
  /// How often a connection that breaks is tried again.
  private let attempts: Int
  /// Seconds without a byte after which a connection counts as broken.
  private let patience: Double

  /// - Throws: `LeptonError` of kind `usage` where `address` is no web address.
  package init(
    from address: String, bytes: Int, sha256: String, attempts: Int = 4, patience: Double = 30
  ) throws {
    guard let url = URL(string: address), ["http", "https"].contains(url.scheme), url.host != nil
    else {
      throw LeptonError(
        .usage, "\"\(address)\" is no address of a file", at: "data fetch",
        fix: "give http:// or https:// and a host")
    }
    self.url = url
    (self.bytes, self.sha256) = (bytes, sha256)
    (self.attempts, self.patience) = (attempts, patience)
  }

  /// Where the bytes are kept until they are all there.
  package static func partial(of path: String) -> String { "\(path).partial" }

  /// - Parameter onProgress: the bytes so far.
  /// - Throws: `LeptonError`: `io` where it cannot be reached or written, `badInput` where the file is another.
  package func run(
    to path: String, onProgress: @escaping @Sendable (Int) -> Void = { _ in }
  ) throws {
    let partial = Self.partial(of: path)
    // Only bytes of the right file are worth keeping for another time.
    var keepsPartial = true
    defer {
      if !keepsPartial || size(of: partial) == 0 {
        try? FileManager.default.removeItem(atPath: partial)
      }
    }
    var failure: LeptonError?
    for _ in 0..<attempts {
      do {
        if size(of: partial) != bytes { try transfer(to: partial, onProgress) }
        failure = nil
        break
      } catch let error as LeptonError {
        keepsPartial = error.kind == .io
        failure = error
        if !keepsPartial { break }
      }
    }
    if let failure { throw failure }
    let actual = try SHA256.hex(ofFile: partial)
    guard actual == sha256 else {
      keepsPartial = false
      throw LeptonError(
        .badInput, "the file has SHA-256 \(actual), and \(sha256) is expected",
        at: url.absoluteString, fix: "fetch it from another mirror: --url")
    }
    do {
      if FileManager.default.fileExists(atPath: path) {
        try FileManager.default.removeItem(atPath: path)
      }
      try FileManager.default.moveItem(atPath: partial, toPath: path)
    } catch {
      throw LeptonError(
        .io, "it cannot be written: \(error.localizedDescription)", at: path,
        fix: "check the permissions")
    }
  }

  private func size(of path: String) -> Int {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    return attributes?[.size] as? Int ?? 0
  }

  private func transfer(to partial: String, _ onProgress: @escaping @Sendable (Int) -> Void) throws
  {
    var present = size(of: partial)
    if present > bytes { present = 0 }
    let receiver = try Receiver(
      partial, from: present, limit: bytes, url: url, onProgress: onProgress)
    var request = URLRequest(url: url)
    request.timeoutInterval = patience
    request.setValue("lepton", forHTTPHeaderField: "User-Agent")
    if present > 0 { request.setValue("bytes=\(present)-", forHTTPHeaderField: "Range") }
    let configuration = URLSessionConfiguration.ephemeral
    configuration.timeoutIntervalForRequest = patience
    let session = URLSession(configuration: configuration, delegate: receiver, delegateQueue: nil)
    defer { session.invalidateAndCancel() }
    session.dataTask(with: request).resume()
    try receiver.wait()
  }
}

/// Writes what arrives to a file; lives as long as one request.
private final class Receiver: NSObject, URLSessionDataDelegate, Sendable {
  private struct State {
    var file: FileHandle
    var count: Int
    var failure: LeptonError?
  }

  private let state: Mutex<State>
  private let done = DispatchSemaphore(value: 0)
  private let path: String
  private let limit: Int
  private let url: URL
  private let onProgress: @Sendable (Int) -> Void

  /// - Parameters:
  ///   - start: how many bytes of the file are kept.
  ///   - limit: how many it may get.
  init(
    _ path: String, from start: Int, limit: Int, url: URL,
    onProgress: @escaping @Sendable (Int) -> Void
  ) throws {
    let manager = FileManager.default
    let isThere =
      manager.fileExists(atPath: path) || manager.createFile(atPath: path, contents: nil)
    guard isThere, let file = FileHandle(forUpdatingAtPath: path) else {
      throw LeptonError(.io, "it cannot be written", at: path, fix: "check the permissions")
    }
    do {
      try file.truncate(atOffset: UInt64(start))
    } catch {
      throw LeptonError(.io, "it cannot be written: \(error.localizedDescription)", at: path)
    }
    state = Mutex(State(file: file, count: start))
    (self.path, self.limit, self.url, self.onProgress) = (path, limit, url, onProgress)
  }

  /// - Throws: `LeptonError` of kind `io` where the file is not whole.
  func wait() throws {
    done.wait()
    try state.withLock { state in
      try? state.file.close()
      if let failure = state.failure { throw failure }
      guard state.count == limit else {
        throw LeptonError(
          .io, "the connection ended after \(state.count) of \(limit) bytes",
          at: url.absoluteString, fix: "run it again: it goes on where it stopped")
      }
    }
  }

  func urlSession(
    _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
    completionHandler: @escaping (URLSession.ResponseDisposition) -> Void
  ) {
    let code = (response as? HTTPURLResponse)?.statusCode ?? 0
    let isWelcome = state.withLock { state in
      do {
        switch code {
        case 206: return true
        case 200:
          // The server sends all of it, whatever is there already.
          try state.file.truncate(atOffset: 0)
          state.count = 0
          return true
        case 416:
          try state.file.truncate(atOffset: 0)
          state.count = 0
          state.failure = refusal("the server has no rest of the file")
          return false
        default:
          state.failure = refusal("the server answers \(code)")
          return false
        }
      } catch {
        state.failure = refusal("it cannot be written: \(error.localizedDescription)")
        return false
      }
    }
    completionHandler(isWelcome ? .allow : .cancel)
  }

  func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
    let count: Int? = state.withLock { state in
      guard state.failure == nil else { return nil }
      guard state.count + data.count <= limit else {
        state.failure = LeptonError(
          .badInput, "the file has more than \(limit) bytes", at: url.absoluteString,
          fix: "fetch it from another mirror: --url")
        return nil
      }
      do {
        try state.file.write(contentsOf: data)
      } catch {
        state.failure = LeptonError(
          .io, "it cannot be written: \(error.localizedDescription)", at: path,
          fix: "check the space on the disk")
        return nil
      }
      state.count += data.count
      return state.count
    }
    if let count { onProgress(count) } else { dataTask.cancel() }
  }

  func urlSession(
    _ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?
  ) {
    state.withLock { state in
      if let error, state.failure == nil {
        state.failure = refusal("it cannot be fetched: \(error.localizedDescription)")
      }
    }
    done.signal()
  }

  private func refusal(_ what: String) -> LeptonError {
    LeptonError(
      .io, what, at: url.absoluteString,
      fix: "check the network, run it again, or name a mirror: --url")
  }
}
