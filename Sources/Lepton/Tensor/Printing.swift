import Foundation
import LeptonValues

extension Tensor: CustomStringConvertible {
  /// The elements, computed and laid out as NumPy prints them.
  public var description: String {
    switch expression.source {
    case .placeholder: "Tensor(\(type))"
    default: NumPyFormat(data).text
    }
  }
}

/// How NumPy prints an array: columns aligned, floats in the fewest digits that tell them apart (at
/// most eight decimals), the middle of long axes left out.
struct NumPyFormat {
  /// Arrays with more elements than this are summarised.
  static let threshold = 1000
  /// How much of each end of an axis a summary shows.
  static let edge = 3
  static let lineWidth = 75

  private let data: TensorData
  private let isSummary: Bool

  init(_ data: TensorData) {
    self.data = data
    isSummary = data.elementCount > Self.threshold
  }

  var text: String {
    let values = data.doubles
    if data.shape.rank == 0 { return cells([values[0]])[0] }
    if data.elementCount == 0 { return "[]" }
    let shown = positions(0, 0)
    let cells = Dictionary(
      uniqueKeysWithValues: zip(shown, aligned(cells(shown.map { values[$0] }))))
    return block(0, 0, cells)
  }

  /// Indices along an axis, nil for the dots.
  private func indices(_ axis: Int) -> [Int?] {
    let extent = data.shape[axis]
    guard isSummary, extent > 2 * Self.edge else { return Array(0..<extent) }
    return (0..<Self.edge).map { $0 } + [nil] + ((extent - Self.edge)..<extent).map { $0 }
  }

  private func positions(_ axis: Int, _ base: Int) -> [Int] {
    guard axis < data.shape.rank else { return [base] }
    let stride = data.shape.strides[axis]
    return indices(axis).compactMap(\.self).flatMap { positions(axis + 1, base + $0 * stride) }
  }

  private func block(_ axis: Int, _ base: Int, _ cells: [Int: String]) -> String {
    let indent = String(repeating: " ", count: axis + 1)
    let stride = data.shape.strides[axis]
    if axis == data.shape.rank - 1 {
      var lines = [""]
      for cell in indices(axis).map({ $0.map { cells[base + $0]! } ?? "..." }) {
        let candidate = lines.last!.isEmpty ? cell : lines.last! + " " + cell
        if indent.count + candidate.count > Self.lineWidth, !lines.last!.isEmpty {
          lines.append(cell)
        } else {
          lines[lines.count - 1] = candidate
        }
      }
      return "[" + lines.joined(separator: "\n" + indent) + "]"
    }
    let parts = indices(axis).map { index in
      index.map { block(axis + 1, base + $0 * stride, cells) } ?? "..."
    }
    // One line break for each axis that ends between two parts.
    let breaks = String(repeating: "\n", count: data.shape.rank - 1 - axis)
    return "[" + parts.joined(separator: breaks + indent) + "]"
  }

  private func aligned(_ cells: [String]) -> [String] {
    let width = cells.map(\.count).max() ?? 0
    return cells.map { String(repeating: " ", count: width - $0.count) + $0 }
  }

  private func cells(_ values: [Double]) -> [String] {
    switch data.dtype {
    case .bool: values.map { $0 != 0 ? "True" : "False" }
    default:
      data.dtype.isInteger ? values.map { String(format: "%.0f", $0) } : floats(values)
    }
  }

  private func floats(_ values: [Double]) -> [String] {
    let magnitudes = values.filter { $0.isFinite && $0 != 0 }.map(abs)
    let largest = magnitudes.max() ?? 0
    let smallest = magnitudes.min() ?? 1
    if largest >= 1e8 || smallest < 1e-4 || largest / smallest > 1000 {
      return exponential(values)
    }
    let decimals = values.filter(\.isFinite).map(decimalCount).max() ?? 0
    return values.map { value in
      guard value.isFinite else { return special(value) }
      let text = String(format: "%.\(decimals)f", value)
      return decimals == 0 ? text + "." : padded(text)
    }
  }

  /// Trailing zeros become spaces, so that points stand below each other.
  private func padded(_ text: String) -> String {
    let trimmed = text.reversed().drop { $0 == "0" }.reversed()
    return String(trimmed) + String(repeating: " ", count: text.count - trimmed.count)
  }

  private func exponential(_ values: [Double]) -> [String] {
    let decimals = values.filter(\.isFinite).map { value in
      (0...8).first { Self.same(String(format: "%.\($0)e", value), value, data.dtype) } ?? 8
    }
    let digits = decimals.max() ?? 0
    return values.map { value in
      guard value.isFinite else { return special(value) }
      let text = String(format: "%.\(digits)e", value)
      return digits == 0 ? text.replacingOccurrences(of: "e", with: ".e") : text
    }
  }

  /// Decimals that tell a number from its neighbours, at most eight.
  private func decimalCount(_ value: Double) -> Int {
    (0...8).first { Self.same(String(format: "%.\($0)f", value), value, data.dtype) } ?? 8
  }

  private static func same(_ text: String, _ value: Double, _ dtype: DType) -> Bool {
    guard let read = Double(text) else { return false }
    return dtype == .f64 ? read == value : Float(read) == Float(value)
  }

  private func special(_ value: Double) -> String {
    value.isNaN ? "nan" : value < 0 ? "-inf" : "inf"
  }
}
