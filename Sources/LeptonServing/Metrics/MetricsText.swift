/// The text that Prometheus reads, version 0.0.4.
package struct MetricsText {
  package private(set) var text = ""

  package init() {}

  package enum Kind: String { case counter, gauge, histogram }

  /// Begins a metric. `name` is the whole name; what it means is one sentence.
  package mutating func metric(_ name: String, _ kind: Kind, _ meaning: String) {
    text += "# HELP \(name) \(meaning)\n# TYPE \(name) \(kind.rawValue)\n"
  }

  package mutating func sample(_ name: String, _ labels: [(String, String)], _ value: Int) {
    text += "\(name)\(Self.braces(labels)) \(value)\n"
  }

  package mutating func sample(_ name: String, _ labels: [(String, String)], _ value: Double) {
    text += "\(name)\(Self.braces(labels)) \(value)\n"
  }

  package mutating func histogram(
    _ name: String, _ labels: [(String, String)], _ histogram: Histogram
  ) {
    var total = 0
    for (index, count) in histogram.counts.enumerated() {
      total += count
      let bound = index < histogram.bounds.count ? "\(histogram.bounds[index])" : "+Inf"
      text += "\(name)_bucket\(Self.braces(labels + [("le", bound)])) \(total)\n"
    }
    text += "\(name)_sum\(Self.braces(labels)) \(histogram.sum)\n"
    text += "\(name)_count\(Self.braces(labels)) \(total)\n"
  }

  private static func braces(_ labels: [(String, String)]) -> String {
    if labels.isEmpty { return "" }
    let pairs = labels.map { name, value in
      let escaped = value.flatMap { character -> String in
        switch character {
        case "\\": "\\\\"
        case "\"": "\\\""
        case "\n": "\\n"
        default: String(character)
        }
      }
      return "\(name)=\"\(String(escaped))\""
    }
    return "{\(pairs.joined(separator: ","))}"
  }
}
