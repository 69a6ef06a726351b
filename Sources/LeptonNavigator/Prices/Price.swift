/// What an hour of a kind of machine costs, as its provider publishes it.
public struct Price: Sendable, Hashable, Codable {
  /// `aws.c7i.large`: how recipes name it.
  public var id: String
  public var provider: String
  public var region: String
  /// The provider's name of the kind.
  public var kind: String
  public var vCPU: Int
  /// In GiB.
  public var memory: Double
  public var dollarsPerHour: Double
  /// Where the price is published.
  public var source: String
  /// The month in which it held: `2026-06`.
  public var asOf: String

  enum CodingKeys: String, CodingKey {
    case id, provider, region, kind, source
    case vCPU = "vcpu"
    case memory = "memory_gib"
    case dollarsPerHour = "usd_per_hour"
    case asOf = "as_of"
  }

  public init(
    id: String, provider: String, region: String, kind: String, vCPU: Int, memory: Double,
    dollarsPerHour: Double, source: String, asOf: String
  ) {
    self.id = id
    self.provider = provider
    self.region = region
    self.kind = kind
    self.vCPU = vCPU
    self.memory = memory
    self.dollarsPerHour = dollarsPerHour
    self.source = source
    self.asOf = asOf
  }

  /// Dollars for a million predictions at so many in a second, with the machine busy all the time.
  public func costPerMillion(throughput: Double) -> Double {
    throughput > 0 ? dollarsPerHour / 3600 / throughput * 1e6 : .infinity
  }
}
