/// The energy that predictions take, and how it was found out.
public struct EnergyFigure: Sendable, Hashable, Codable {
  /// Kilowatt-hours for a million predictions.
  public var perMillion: Double
  public var isEstimate: Bool
  /// One phrase for reports.
  public var source: String

  enum CodingKeys: String, CodingKey {
    case source
    case perMillion = "kwh_per_million"
    case isEstimate = "is_estimate"
  }

  /// From the processor's own counters where they could be read, else from what a machine is taken to draw.
  public init(_ speed: SpeedFigures, on price: Price) {
    if let joules = speed.joulesPerExample {
      perMillion = joules * 1e6 / 3.6e6
      isEstimate = false
      source = "measured here by the processor's counters (RAPL), other programs included"
    } else {
      perMillion = price.estimatedWatts / max(speed.throughput, 1e-9) * 1e6 / 3.6e6
      isEstimate = true
      source =
        "an estimate: \(Figures.digits(price.estimatedWatts)) W that a busy \(price.kind) is taken "
        + "to draw, times the time. \(Price.powerSource)"
    }
  }
}

extension Price {
  static let wattsPerVCPU = 3.5
  static let wattsPerGiB = 0.392
  /// Of a data centre: what it draws, relative to what its computers draw.
  static let overhead = 1.135

  /// What the machine is taken to draw, busy all the time. An accelerator in it is not used, and not counted.
  public var estimatedWatts: Double {
    (Double(vCPU) * Self.wattsPerVCPU + memory * Self.wattsPerGiB) * Self.overhead
  }

  static let powerSource =
    "\(wattsPerVCPU) W for each vCPU, \(wattsPerGiB) W for each GiB and \(overhead) times that for "
    + "the data centre are averages of Cloud Carbon Footprint for AWS"
}
