import Foundation
import LeptonGraph
import LeptonOps
import LeptonValues

/// Tables for the processing of signals that follow from a few numbers: windows, and the weights of mel bands.
extension Compositions {
  static let readHannWindow = window { 0.5 - 0.5 * cos($0) }
  static let readHammingWindow = window { 25.0 / 46 - 21.0 / 46 * cos($0) }
  static let readBlackmanWindow = window { 0.42 - 0.5 * cos($0) + 0.08 * cos(2 * $0) }

  /// Points that a window, or a table of weights, may have.
  private static let largestTable = 1 << 24

  /// A window of the angle, which goes around once.
  private static func window(_ value: @escaping @Sendable (Double) -> Double) -> ONNXReader {
    { node, context in
      try node.allow(["output_datatype", "periodic"])
      guard let size = try context.scalar(node, input: 0), 0...Double(largestTable) ~= size else {
        throw node.error("its size is not one that memory holds")
      }
      let isPeriodic = node.int("periodic", default: 1) != 0
      let turn = isPeriodic ? size : size - 1
      let numbers = (0..<Int(size)).map { point in
        size == 1 ? 1 : value(2 * .pi * Double(point) / turn)
      }
      return [try context.table(numbers, [numbers.count], dtype(of: node))]
    }
  }

  private static func dtype(of node: ONNXNode) throws -> DType {
    let code = node.int("output_datatype", default: 1)
    guard let dtype = DType(onnxCode: code), dtype != .bool else {
      throw node.error("output_datatype \(code) is not supported")
    }
    return dtype
  }

  /// Triangles on the mel scale, `2595 log10(1 + f / 700)`: one column for each band, one row for
  /// each line of a half spectrum.
  static let readMelWeightMatrix: ONNXReader = { node, context in
    try node.allow(["output_datatype"])
    let numbers = try (0..<5).map { index -> Double in
      guard let number = try context.scalar(node, input: index) else {
        throw node.error("input \(index) is missing")
      }
      return number
    }
    let (bands, length, rate) = (numbers[0], numbers[1], numbers[2])
    let (low, high) = (numbers[3], numbers[4])
    let lines = (length / 2).rounded(.down) + 1
    guard bands >= 1, length >= 1, rate >= 1, low >= 0, high >= low, 2 * high <= rate,
      bands * lines <= Double(largestTable)
    else {
      throw node.error(
        "\(bands) bands from \(low) to \(high) Hz in \(length) points at \(rate) Hz",
        fix: "frequencies rise, up to half the sampling rate")
    }
    func mel(_ frequency: Double) -> Double { 2595 * log10(1 + frequency / 700) }
    let step = (mel(high) - mel(low)) / (bands + 2)
    let edges = (0..<Int(bands) + 2).map { edge -> Int in
      let frequency = 700 * (pow(10, (mel(low) + Double(edge) * step) / 2595) - 1)
      return Int(((length + 1) * frequency / rate).rounded(.down))
    }
    guard edges.allSatisfy({ 0..<Int(lines) ~= $0 }) else {
      throw node.error("a band lies outside of the \(Int(lines)) lines of the spectrum")
    }
    var weights = [Double](repeating: 0, count: Int(lines) * Int(bands))
    for band in 0..<Int(bands) {
      let (left, centre, right) = (edges[band], edges[band + 1], edges[band + 2])
      for line in left..<right {
        weights[line * Int(bands) + band] =
          line < centre
          ? Double(line - left) / Double(centre - left)
          : Double(right - line) / Double(right - centre)
      }
      weights[centre * Int(bands) + band] = 1
    }
    return [try context.table(weights, [Int(lines), Int(bands)], dtype(of: node))]
  }
}
