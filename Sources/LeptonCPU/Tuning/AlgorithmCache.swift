import CLeptonDNN
public import Foundation
public import LeptonRuntime
import LeptonValues

/// The file that keeps measured choices of algorithms: one for each kind of processor, so that the same machine with the
/// same file makes the same choices.
///
/// It is replaced as a whole, and processes that add to it wait for each other. A file that is damaged, or was written by
/// another processor or engine, is passed over, and written anew by the next one that adds to it.
public struct AlgorithmCache: Sendable {
  public let url: URL

  /// In `LEPTON_CACHE`, else in `lepton` in `XDG_CACHE_HOME`, else in `~/.cache/lepton`.
  public init(environment: [String: String] = ProcessInfo.processInfo.environment) {
    func folder(_ variable: String) -> URL? {
      environment[variable].flatMap {
        $0.isEmpty ? nil : URL(fileURLWithPath: $0, isDirectory: true)
      }
    }
    let folder =
      folder("LEPTON_CACHE") ?? folder("XDG_CACHE_HOME")?.appendingPathComponent("lepton")
      ?? FileManager.default.homeDirectoryForCurrentUser.appendingPathComponent(".cache/lepton")
    let words = Self.processor.lowercased().split { !$0.isLetter && !$0.isNumber }
    url = folder.appendingPathComponent("algorithms-\(words.joined(separator: "-")).json")
  }

  /// Nothing where there is no file; nothing and the reason where it cannot be used.
  public func read() -> (MeasuredAlgorithms, warning: String?) {
    guard FileManager.default.fileExists(atPath: url.path) else { return (.init(), nil) }
    do {
      return (try contents().measured, nil)
    } catch {
      let what = (error as? LeptonError)?.what ?? "it is damaged"
      return (
        .init(), "\(url.path): \(what); it is passed over, and written anew by lepton tune"
      )
    }
  }

  /// Adds measurements to those that are in the file by now.
  ///
  /// - Throws: `LeptonError` of kind `io`.
  public func add(_ measurements: [AlgorithmTuning.Measurement]) throws {
    let folder = url.deletingLastPathComponent()
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw failure(error.localizedDescription)
    }
    let lock = open(url.path + ".lock", O_CREAT | O_RDWR, 0o644)
    guard lock >= 0, flock(lock, LOCK_EX) == 0 else {
      throw failure(String(cString: strerror(errno)))
    }
    defer { close(lock) }
    var contents = (try? contents()) ?? Contents()
    for measurement in measurements {
      contents.convolutions[measurement.task] = Contents.Convolution(measurement)
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    do {
      try encoder.encode(contents).write(to: url, options: .atomic)
    } catch {
      throw failure(error.localizedDescription)
    }
  }

  private func contents() throws -> Contents {
    let contents = try JSONDecoder().decode(Contents.self, from: Data(contentsOf: url))
    let here = Contents()
    guard
      (contents.format, contents.processor, contents.engine)
        == (here.format, here.processor, here.engine)
    else {
      throw LeptonError(.badInput, "it was written for \(contents.processor), \(contents.engine)")
    }
    return contents
  }

  private func failure(_ what: String) -> LeptonError {
    LeptonError(
      .io, "the measured algorithms cannot be kept: \(what)", at: url.path,
      fix: "name a folder that can be written in LEPTON_CACHE")
  }

  /// What the choices hold for: the same name comes with and without AVX-512.
  private static var processor: String { "\(Processor.name) \(Processor.channelBlock * 32) bit" }

  private struct Contents: Codable {
    struct Convolution: Codable {
      var algorithm: ConvolutionAlgorithm
      var directMicroseconds: Double
      var winogradMicroseconds: Double

      enum CodingKeys: String, CodingKey {
        case algorithm
        case directMicroseconds = "direct_us"
        case winogradMicroseconds = "winograd_us"
      }

      init(_ measurement: AlgorithmTuning.Measurement) {
        algorithm = measurement.choice
        directMicroseconds = (measurement.directSeconds * 1e7).rounded() / 10
        winogradMicroseconds = (measurement.winogradSeconds * 1e7).rounded() / 10
      }
    }

    var format = 1
    var processor = AlgorithmCache.processor
    var engine = "oneDNN \(String(cString: ld_version()))"
    var convolutions: [String: Convolution] = [:]

    var measured: MeasuredAlgorithms {
      MeasuredAlgorithms(convolutions.mapValues(\.algorithm))
    }
  }
}
