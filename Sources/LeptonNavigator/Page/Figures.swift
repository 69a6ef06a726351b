import Foundation

/// Numbers with units, as people read them: three or four digits that count.
package enum Figures {
  /// `3.14 µs`, `0.0431 ms`, `12.3 ms`, `1.24 s`.
  package static func milliseconds(_ value: Double) -> String {
    if value >= 1000 { return "\(digits(value / 1000)) s" }
    return value > 0 && value < 0.01 ? "\(digits(value * 1000)) µs" : "\(digits(value)) ms"
  }

  /// `2.31 kWh`, `0.811 Wh`.
  package static func kilowattHours(_ value: Double) -> String {
    value >= 1 ? "\(digits(value)) kWh" : "\(digits(value * 1000)) Wh"
  }

  /// `1.9 GB`, `340 MB`, `1.2 kB`: powers of ten.
  package static func bytes(_ count: Int) -> String { scaled(Double(count), "B") }

  /// `16.3 MFLOP`
  package static func flops(_ count: Int) -> String { scaled(Double(count), "FLOP") }

  /// `1234567` as `1,234,567`.
  package static func count(_ value: Int) -> String {
    var groups: [String] = []
    var rest = String(abs(value))[...]
    while rest.count > 3 {
      groups.insert(String(rest.suffix(3)), at: 0)
      rest = rest.dropLast(3)
    }
    return (value < 0 ? "-" : "") + ([String(rest)] + groups).joined(separator: ",")
  }

  /// `0.9912`
  package static func accuracy(_ fraction: Double) -> String { String(format: "%.4f", fraction) }

  package static func percent(_ fraction: Double) -> String {
    String(format: "%.1f %%", fraction * 100)
  }

  /// Three digits that count: `0.0431`, `4.31`, `431`.
  package static func digits(_ value: Double) -> String {
    guard value.isFinite, value != 0 else { return value == 0 ? "0" : "\(value)" }
    let places = 2 - Int(log10(abs(value)).rounded(.down))
    return String(format: "%.\(max(0, places))f", value)
  }

  /// With so many places after the point.
  package static func places(_ value: Double, _ count: Int) -> String {
    String(format: "%.\(count)f", value)
  }

  /// `0.981 to 0.995`; a dash for none.
  package static func interval(_ interval: Interval?, _ text: (Double) -> String) -> String {
    interval.map { "\(text($0.low)) to \(text($0.high))" } ?? "-"
  }

  private static func scaled(_ value: Double, _ unit: String) -> String {
    let steps = [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")]
    for (factor, prefix) in steps where value >= factor {
      return "\(digits(value / factor)) \(prefix)\(unit)"
    }
    return "\(digits(value)) \(unit)"
  }
}
