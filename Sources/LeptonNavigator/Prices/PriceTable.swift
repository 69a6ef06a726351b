public import Foundation
import LeptonValues

/// Prices by key. The built-in ones are public list prices; a file of the same form replaces them.
public struct PriceTable: Sendable, Hashable {
  public let prices: [Price]

  /// The hardware of recipes that name none.
  public static let defaultKey = "aws.c7i.large"

  /// The built-in prices.
  public static func builtIn() throws -> PriceTable {
    try PriceTable(yaml: builtInText, file: "built-in prices")
  }

  /// Reads a file in the form of `builtInText`.
  ///
  /// - Throws: `LeptonError`: `io` where it cannot be read, `usage` for what it says, with the line.
  public init(file: URL) throws {
    guard let text = try? String(contentsOf: file, encoding: .utf8) else {
      throw LeptonError(.io, "the price table cannot be read", at: file.path, fix: "check the path")
    }
    try self.init(yaml: text, file: file.lastPathComponent)
  }

  public init(yaml: String, file: String) throws {
    guard case .section(let entries) = try Setting(yaml: yaml, file: file).content else {
      throw LeptonError(.usage, "this is no price table", at: file, fix: "write key: {...} lines")
    }
    prices = try entries.map { entry in
      let reader = try SettingsReader(entry.value)
      let price = Price(
        id: entry.key,
        provider: try reader.requiredString(
          "provider", example: "AWS", means: "who rents it out"),
        region: try reader.requiredString(
          "region", example: "us-east-1", means: "where"),
        kind: try reader.requiredString(
          "kind", example: "c7i.large", means: "the provider's name of it"),
        vCPU: try reader.int("vcpu", default: 1, means: "virtual cores"),
        memory: try reader.number(
          "memory_gib", default: 1, in: 0.001...1e6, means: "memory in GiB"),
        dollarsPerHour: try reader.requiredNumber(
          "usd_per_hour", in: 1e-9...1e6, example: "0.0892", means: "dollars for an hour"),
        source: try reader.requiredString(
          "source", example: "https://...", means: "where the price is published"),
        asOf: try reader.requiredString(
          "as_of", example: "2026-06", means: "the month in which it held"))
      try reader.finish()
      return price
    }
  }

  /// The price of that key.
  ///
  /// - Throws: `LeptonError` of kind `usage` with the nearest right spelling.
  public func price(_ key: String) throws -> Price {
    if let price = prices.first(where: { $0.id == key }) { return price }
    let keys = prices.map(\.id)
    let near = nearestSpelling(of: key, in: keys)
    throw LeptonError(
      .usage, "there is no price for hardware '\(key)'",
      fix: near.map { "did you mean '\($0)'?" } ?? "choose of \(keys.joined(separator: ", "))")
  }
}
