import LeptonValues

/// A table before it is numbers: named columns of text fields that know their place in the file.
package struct TextTable {
  package let name: String
  package let columns: [String]
  package let rows: [[CSV.Field]]

  /// - Parameters:
  ///   - header: whether the first record names the columns; nil decides by it having no number
  ///     where the second record has one, or where neither has any.
  ///   - columns: names given from elsewhere; the records then have no header.
  package init(
    _ records: [[CSV.Field]], name: String, header: Bool? = nil, columns: [String]? = nil
  ) throws {
    guard let first = records.first else {
      throw LeptonError(.badInput, "the file has no rows", at: name, fix: "give at least one row")
    }
    let hasHeader = columns == nil && (header ?? Self.looksLikeHeader(first))
    self.name = name
    self.columns =
      columns
      ?? (hasHeader ? first.map(\.text) : first.indices.map { "column\($0 + 1)" })
    rows = Array(records.dropFirst(hasHeader ? 1 : 0))
    try validate()
  }

  /// The index of the column called `wanted`.
  ///
  /// - Throws: `LeptonError` of kind `badInput` with the nearest name.
  package func index(of wanted: String) throws -> Int {
    if let index = columns.firstIndex(of: wanted) { return index }
    let near = nearestSpelling(of: wanted, in: columns).map { "did you mean \"\($0)\"?" }
    let all = columns.prefix(12).joined(separator: ", ") + (columns.count > 12 ? ", ..." : "")
    throw LeptonError(
      .badInput, "there is no column \"\(wanted)\"", at: name,
      fix: near ?? "the columns are \(all)")
  }

  /// A complaint about one field.
  func refuse(_ field: CSV.Field, _ what: String, fix: String) -> LeptonError {
    LeptonError(.badInput, what, at: "\(name):\(field.line):\(field.column)", fix: fix)
  }

  /// Numbers never name columns.
  private static func looksLikeHeader(_ record: [CSV.Field]) -> Bool {
    record.allSatisfy { Double($0.text) == nil && !$0.text.isEmpty }
  }

  private func validate() throws {
    var seen: Set<String> = []
    for column in columns where !seen.insert(column).inserted {
      throw LeptonError(
        .badInput, "two columns are called \"\(column)\"", at: "\(name):1", fix: "rename one")
    }
    guard !rows.isEmpty else {
      throw LeptonError(
        .badInput, "the file has a header and no rows", at: name, fix: "give at least one row")
    }
    for row in rows where row.count != columns.count {
      let last = row.count > columns.count ? row[columns.count] : row[row.count - 1]
      throw refuse(
        last, "this row has \(row.count) fields, the table has \(columns.count) columns",
        fix: "add or remove fields, or quote those that contain the delimiter")
    }
  }
}
