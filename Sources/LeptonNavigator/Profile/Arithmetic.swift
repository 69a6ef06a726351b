package import LeptonCompiler
package import LeptonGraph
import LeptonValues

extension Graph {
  /// The element types that the graph computes in, with their share of its operations where that is a thousandth or more.
  /// Of a compiled graph it tells what a precision that was asked for came to.
  package var arithmetic: [String: Double] {
    var flops: [String: Int] = [:]
    for node in nodes {
      guard let operand = node.operands.first else { continue }
      flops[type(of: operand).dtype.rawValue, default: 0] += cost(of: node).flops
    }
    let all = Double(max(1, flops.values.reduce(0, +)))
    return flops.mapValues { Double($0) / all }.filter { $0.value >= 0.001 }
  }
}

extension Precision {
  /// What stands behind the arithmetic where a precision was asked for that it does not have: `f32` leaves the choice to
  /// the model, anything else is a wish.
  package static func remark(_ precision: String, _ arithmetic: [String: Double]) -> String {
    precision == f32.rawValue || arithmetic.keys.contains(precision)
      ? "" : ", not in the \(precision) asked for: this processor does not multiply it"
  }
}

extension [String: Double] {
  /// Shares, the largest first: `f32`, or `u8 98.1 %, f32 1.9 %`.
  package var shares: String {
    let sorted = sorted { ($0.value, $1.key) > ($1.value, $0.key) }
    if sorted.count == 1 { return sorted[0].key }
    return sorted.map { "\($0.key) \(Figures.percent($0.value))" }.joined(separator: ", ")
  }
}
