public import LeptonValues

/// What a model's first nodes need to know of a table's columns, computed from the training part only.
public struct TableStatistics: Sendable, Hashable {
  /// Of one column of a schema.
  public enum Column: Sendable, Hashable {
    /// Of the values that are present: what stands in for the others, the mean, and the population standard deviation,
    /// which is 1 where all values are equal.
    case numeric(fill: Float, mean: Float, deviation: Float)
    case categorical
    /// The fraction of texts that have each word.
    case text(frequencies: [Double])
  }

  public var columns: [Column]

  /// - Parameter rows: `f32[N, schema.width]`
  public init(of rows: TensorData, schema: TableSchema) {
    let (values, width, count) = (rows.floats, schema.width, rows.shape[0])
    var place = 0
    columns = schema.columns.map { column in
      defer { place += column.width }
      switch column.kind {
      case .numeric:
        let present = stride(from: place, to: values.count, by: width).lazy
          .map { values[$0] }.filter { !$0.isNaN }
        return Self.numeric(Array(present), schema.filling)
      case .categorical: return .categorical
      case .text:
        var having = [Int](repeating: 0, count: column.width)
        for start in stride(from: place, to: values.count, by: width) {
          for word in 0..<column.width where values[start + word] > 0 { having[word] += 1 }
        }
        return .text(frequencies: having.map { Double($0) / Double(max(1, count)) })
      }
    }
  }

  private static func numeric(_ values: [Float], _ filling: TableSchema.Filling) -> Column {
    let total = Double(max(1, values.count))
    let mean = values.reduce(0.0) { $0 + Double($1) } / total
    let variance = values.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / total
    let isSpread = variance > 1e-14 * mean * mean
    let fill: Float =
      switch filling {
      case .mean: Float(mean)
      case .median: values.isEmpty ? 0 : values.sorted()[values.count / 2]
      }
    return .numeric(
      fill: fill, mean: Float(mean), deviation: isSpread ? Float(variance.squareRoot()) : 1)
  }
}
