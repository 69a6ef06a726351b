import Foundation
import LeptonValues

/// One file from the web: written beside its place until it is whole and its SHA-256 is right; what is there of an
/// interrupted download is not fetched again. The transfer is the program `curl`'s, which knows proxies and certificates.
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
    try DurableFile.rename(partial, to: path)
  }

  private func size(of path: String) -> Int {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    return attributes?[.size] as? Int ?? 0
  }

  /// Has `curl` append what is missing, and looks at the size of the file meanwhile.
  private func transfer(to partial: String, _ onProgress: @escaping @Sendable (Int) -> Void) throws
  {
    if size(of: partial) > bytes { try remove(partial) }
    let curl = Process()
    curl.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    curl.arguments = [
      "curl", "--silent", "--show-error", "--fail", "--location", "--proto", "=http,https",
      "--user-agent", "lepton", "--connect-timeout", "\(patience)", "--speed-limit", "1",
      "--speed-time", "\(Int(patience.rounded(.up)))", "--max-filesize", "\(bytes)",
      "--continue-at", "-", "--output", partial, url.absoluteString,
    ]
    curl.standardInput = FileHandle.nullDevice
    curl.standardOutput = FileHandle.nullDevice
    let errors = Pipe()
    curl.standardError = errors
    do {
      try curl.run()
    } catch {
      throw LeptonError(
        .io, "curl cannot be started: \(error.localizedDescription)", at: "data fetch",
        fix: "install curl")
    }
    while curl.isRunning {
      onProgress(min(bytes, size(of: partial)))
      guard size(of: partial) <= bytes else {
        curl.terminate()
        break
      }
      Thread.sleep(forTimeInterval: 0.05)
    }
    curl.waitUntilExit()
    let complaint = String(decoding: errors.fileHandleForReading.availableData, as: UTF8.self)
    try check(curl.terminationStatus, complaint, partial)
  }

  /// What `curl` came to (its manual, "Exit codes").
  private func check(_ code: Int32, _ complaint: String, _ partial: String) throws {
    let present = size(of: partial)
    guard present <= bytes, code != 63 else {
      throw LeptonError(
        .badInput, "the file has more than \(bytes) bytes", at: url.absoluteString,
        fix: "fetch it from another mirror: --url")
    }
    switch code {
    case 0 where present == bytes: return
    case 0, 18:
      throw refusal("the connection ended after \(present) of \(bytes) bytes")
    case 33, 36:
      // The server sends all of it or nothing: from the start, then.
      try remove(partial)
      throw refusal("the server has no rest of the file")
    case 23:
      throw LeptonError(
        .io, "it cannot be written", at: partial, fix: "check the space on the disk and permissions"
      )
    case 127:
      throw LeptonError(
        .io, "there is no curl to fetch with", at: "data fetch", fix: "install curl")
    default:
      let said = complaint.split(separator: "\n").last.map(String.init) ?? "curl ends with \(code)"
      throw refusal("it cannot be fetched: \(said)")
    }
  }

  private func remove(_ path: String) throws {
    try LeptonError.whenWriting(path, "it cannot be removed") {
      try FileManager.default.removeItem(atPath: path)
    }
  }

  private func refusal(_ what: String) -> LeptonError {
    LeptonError(
      .io, what, at: url.absoluteString,
      fix: "check the network, run it again, or name a mirror: --url")
  }
}
