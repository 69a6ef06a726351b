import Lepton
import LeptonData
import LeptonValues

extension TablePreprocessing {
  /// What a schema's columns become: numbers standardised by the training part, categories and words.
  init(_ schema: TableSchema, _ rows: Dataset) {
    let statistics = TableStatistics(of: rows.features, schema: schema)
    self.init(
      columns: zip(schema.columns, statistics.columns).map { column, known in
        switch known {
        case .numeric(let fill, let mean, let deviation):
          .numeric(
            fill: fill, mean: mean, deviation: deviation, hasIndicator: column.hasMissing)
        case .categorical:
          .categorical(
            count: column.values.count, hasUnknown: column.hasRare, hasMissing: column.hasMissing)
        case .text(let frequencies):
          .words(
            weights: frequencies.map {
              Float(TablePreprocessing.wordWeight(frequency: $0, of: rows.count))
            })
        }
      })
  }

  /// What the first nodes do, for the facts of a model.
  var summary: String {
    var parts: [String] = []
    for column in columns {
      let part =
        switch column {
        case .numeric: "(x - mean) / std of numbers, filled where missing"
        case .categorical: "one number for each category"
        case .words: "tf-idf of words"
        }
      if !parts.contains(part) { parts.append(part) }
    }
    return parts.joined(separator: "; ")
  }
}
