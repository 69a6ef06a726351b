public import Foundation
import LeptonValues

/// The peak resident memory of a process that serves a model, and how it was found out.
public struct MemoryFigure: Sendable, Hashable, Codable {
  public var bytes: Int
  /// One phrase for reports: `measured in a process of its own`.
  public var source: String

  public init(bytes: Int, source: String) {
    self.bytes = bytes
    self.source = source
  }
}

/// Measures the memory of a model in a process of its own, which runs `lepton bench`.
public struct MemoryProbe: Sendable {
  /// The `lepton` program.
  public var executable: URL

  public init(executable: URL) { self.executable = executable }

  /// - Throws: `LeptonError` of kind `io` where the process fails or says nothing.
  public func measure(_ artifact: URL, precision: String) throws -> MemoryFigure {
    let process = Process()
    process.executableURL = executable
    process.arguments = [
      "bench", artifact.path, "--batch", "1", "--seconds", "0.2", "--precision", precision,
      "--json",
      "--quiet",
    ]
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    do {
      try process.run()
      let data = try output.fileHandleForReading.readToEnd() ?? Data()
      process.waitUntilExit()
      guard process.terminationStatus == 0 else {
        throw failure("it ended with code \(process.terminationStatus)")
      }
      let figures = try JSONDecoder().decode(Figures.self, from: data)
      return MemoryFigure(
        bytes: figures.peak_rss_bytes, source: "peak of a process that runs the artifact at batch 1"
      )
    } catch let error as LeptonError {
      throw error
    } catch {
      throw failure("\(error)")
    }
  }

  private struct Figures: Decodable {
    let peak_rss_bytes: Int
  }

  private func failure(_ why: String) -> LeptonError {
    LeptonError(
      .io, "the memory of the model could not be measured: \(why)", at: executable.path,
      fix: "run `lepton bench` on the artifact to see why")
  }
}
