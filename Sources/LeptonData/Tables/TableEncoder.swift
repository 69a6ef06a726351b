package import LeptonValues

/// Rows of text on their way to rows of numbers, as a schema says.
package struct TableEncoder {
  /// Values of a categorical column that the schema does not know.
  package struct Unknown {
    package var column: String
    package var count: Int
    /// The first of them.
    package var first: CSV.Field
  }

  package let schema: TableSchema
  private let name: String
  /// The place of each schema column in the file.
  private let sources: [Int]
  /// The place of each value of a column.
  private let places: [[String: Int]]
  private var values: [Float] = []
  private var rows = 0
  private var unknownOf: [Int: Unknown] = [:]

  /// - Parameters:
  ///   - columns: those of the file; more than the schema's are passed over.
  ///   - name: what errors call the file.
  /// - Throws: `LeptonError` of kind `badInput` where a column of the schema is not among them.
  package init(_ schema: TableSchema, columns: [String], name: String) throws {
    self.schema = schema
    self.name = name
    let found = Dictionary(zip(columns, columns.indices), uniquingKeysWith: { first, _ in first })
    let absent = schema.columns.filter { found[$0.name] == nil }
    if let first = absent.first {
      let strangers = columns.filter { !schema.knows($0) }
      let near = nearestSpelling(of: first.name, in: strangers)
      let others = absent.count > 1 ? " (and \(absent.count - 1) more are missing)" : ""
      throw LeptonError(
        .badInput, "there is no column \"\(first.name)\"\(others)", at: name,
        fix: near.map { "rename \"\($0)\" if that is it" }
          ?? "add it: the model was trained with it; a field may be left empty")
    }
    sources = schema.columns.map { found[$0.name]! }
    places = schema.columns.map {
      Dictionary(zip($0.values, $0.values.indices), uniquingKeysWith: { first, _ in first })
    }
  }

  /// Makes room for so many rows.
  package mutating func reserve(_ count: Int) { values.reserveCapacity(count * schema.width) }

  /// Forgets the rows, not what was unknown in them.
  package mutating func clear() {
    values.removeAll(keepingCapacity: true)
    rows = 0
  }

  /// `f32[rows, width]`
  package var features: TensorData { TensorData(values, shape: [rows, schema.width]) }

  /// In the order of the schema's columns.
  package var unknown: [Unknown] { unknownOf.sorted { $0.key < $1.key }.map(\.value) }

  /// Adds a row.
  ///
  /// - Throws: `LeptonError` of kind `badInput` at the field that is no number; the row is then not added.
  package mutating func append(_ fields: [CSV.Field]) throws {
    let start = values.count
    for (index, column) in schema.columns.enumerated() {
      let field = fields[sources[index]]
      switch column.kind {
      case .numeric:
        switch DecimalNumber(field.text) {
        case .value(let number): values.append(number)
        case .missing: values.append(.nan)
        case .tooLarge, .none:
          values.removeLast(values.count - start)
          throw refusal(field, column)
        }
      case .categorical:
        if DecimalNumber.isMissing(field.text), places[index][field.text] == nil {
          values.append(.nan)
        } else if let place = places[index][field.text] {
          values.append(Float(place))
        } else {
          values.append(-1)
          unknownOf[index, default: Unknown(column: column.name, count: 0, first: field)].count += 1
        }
      case .text:
        let base = values.count
        values.append(contentsOf: repeatElement(0, count: column.values.count))
        Words.forEach(in: field.text) { word in
          if let place = places[index][word] { values[base + place] += 1 }
        }
      }
    }
    rows += 1
  }

  private func refusal(_ field: CSV.Field, _ column: TableSchema.Column) -> LeptonError {
    let shown = field.text.count > 40 ? "\(field.text.prefix(40))..." : field.text
    let what =
      DecimalNumber(field.text) == .tooLarge
      ? "\"\(shown)\" is too large for a number"
      : "\"\(shown)\" is not a number"
    return LeptonError(
      .badInput, "\(what), and column \"\(column.name)\" is numeric",
      at: "\(name):\(field.line):\(field.column)",
      fix: field.text.contains(",")
        ? "write a point before decimals, and nothing between thousands"
        : "correct it, leave it empty, or list the column as categorical")
  }
}

extension TableSchema {
  /// Whether the training file had a column of that name.
  package func knows(_ column: String) -> Bool {
    column == labelName || passedOver.contains(column) || columns.contains { $0.name == column }
  }
}
