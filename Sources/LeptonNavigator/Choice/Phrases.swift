import Foundation

// Numbers as sentences of a report say them.

/// `1.25 %`
func percent(_ fraction: Double) -> String { String(format: "%.2f %%", 100 * fraction) }

/// `1.8`
func factor(_ value: Double) -> String { String(format: value < 10 ? "%.2f" : "%.0f", value) }

/// Four digits: `0.1235`, `12.35`, `123456`.
func figure(_ value: Double) -> String {
  abs(value) >= 1000 ? String(format: "%.0f", value) : String(format: "%.4g", value)
}

func cubeRoot(_ value: Double) -> Double { cbrt(value) }
