import Foundation
import LeptonValues

/// Tables in text files: CSV, TSV, JSON lines, and the C4.5 format of many UCI data sets.
///
/// A training file is read twice, first to learn its schema, then to become numbers; so no more of it is in memory than
/// the numbers are.
enum TableSource {
  /// A training file, then optionally a test file, each with or without `.gz`.
  static func open(files: [String], name: String, options: DataOptions) throws -> DataBundle {
    try bundle(
      train: TableFile(files[0], header: options.header), validation: nil,
      test: files.count > 1 ? TableFile(files[1], header: options.header) : nil,
      name: name, options: options)
  }

  /// A folder with `train.csv` and, if it has them, `validation.csv` and `test.csv`.
  static func open(folder: String, name: String, options: DataOptions) throws -> DataBundle {
    guard let files = files(in: folder, header: options.header) else {
      throw LeptonError(
        .badInput, "there is no train.csv in it", at: folder, fix: "name a file: csv:FILE")
    }
    return try bundle(
      train: files.train, validation: files.validation, test: files.test, name: name,
      options: options)
  }

  /// Whether `folder` has a training table by name.
  static func isFolderOfTables(_ folder: String) -> Bool { files(in: folder, header: nil) != nil }

  /// The parts of a data set.
  package struct Files {
    package var train: TableFile
    package var validation: TableFile?
    package var test: TableFile?
  }

  /// The tables of a folder, by name; nil where there is none for training.
  static func files(in folder: String, header: Bool?) -> Files? {
    func part(_ names: [String]) -> TableFile? {
      names
        .flatMap { name in
          TableFile.endings.flatMap { ["\(folder)/\(name).\($0)", "\(folder)/\(name).\($0).gz"] }
        }
        .first { FileManager.default.fileExists(atPath: $0) }
        .map { TableFile($0, header: header) }
    }
    return part(["train"]).map {
      Files(
        train: $0, validation: part(["validation", "valid", "val", "dev"]), test: part(["test"]))
    }
  }

  static func bundle(
    train: TableFile, validation: TableFile?, test: TableFile?, name: String,
    options: DataOptions
  ) throws -> DataBundle {
    var notes: [String] = []
    let schema: TableSchema
    if let known = options.schema {
      schema = known
    } else {
      (schema, notes) = try learn(from: train, options: options)
    }
    var skipped: [DataBundle.Skipped] = []
    func part(_ file: TableFile) throws -> Dataset {
      let part = try read(file, schema, allowed: options.maxBad)
      notes += part.notes
      skipped += part.bad.errors.map { .init(file: $0.place, reason: $0.what) }
      return part.dataset
    }
    var bundle = DataBundle(
      name: name, train: try part(train), validation: try validation.map(part),
      test: try test.map(part), schema: schema)
    bundle.notes = notes
    bundle.skipped = skipped
    return bundle
  }
}

extension TableSource {
  /// The first pass.
  private static func learn(
    from file: TableFile, options: DataOptions
  ) throws -> (TableSchema, [String]) {
    var reader = try TableReader(file)
    var profiles = reader.columns.map(ColumnProfile.init)
    var bad = BadRows(allowed: options.maxBad)
    var rows = 0
    while let row = try reader.next() {
      switch row {
      case .flawed(let error): try bad.add(error)
      case .fields(let fields):
        rows += 1
        for index in profiles.indices { profiles[index].add(fields[index].text) }
      }
    }
    try bad.verify(total: rows + bad.count)
    guard rows > 0 else {
      throw LeptonError(
        .badInput, "the file has a header and no rows", at: file.path, fix: "give at least one row")
    }
    return try TableSchema.infer(from: profiles, rows: rows, name: file.path, options: options)
  }

  /// The second pass, and the only one where the schema is known.
  private static func read(
    _ file: TableFile, _ schema: TableSchema, allowed: Int?
  ) throws -> (dataset: Dataset, bad: BadRows, notes: [String]) {
    var reader = try TableReader(file)
    var encoder = try TableEncoder(schema, columns: reader.columns, name: file.path)
    guard let label = reader.columns.firstIndex(of: schema.labelName) else {
      let near = nearestSpelling(of: schema.labelName, in: reader.columns)
      throw LeptonError(
        .badInput, "there is no column \"\(schema.labelName)\", which holds the label",
        at: file.path, fix: near.map { "rename \"\($0)\" if that is it" } ?? "add it")
    }
    let classes = Dictionary(uniqueKeysWithValues: zip(schema.classes, schema.classes.indices))
    var labels: [Int32] = []
    var bad = BadRows(allowed: allowed)
    while let row = try reader.next() {
      do {
        switch row {
        case .flawed(let error): throw error
        case .fields(let fields):
          let label = try place(of: fields[label], in: classes, schema, file.path)
          try encoder.append(fields)
          labels.append(label)
        }
      } catch let error as LeptonError {
        try bad.add(error)
      }
    }
    try bad.verify(total: labels.count + bad.count)
    guard !labels.isEmpty else {
      throw LeptonError(.badInput, "the file has no rows", at: file.path, fix: "give at least one")
    }
    let dataset = try Dataset(
      features: encoder.features, labels: TensorData(labels, shape: [labels.count]),
      classes: schema.classes, featureNames: schema.featureNames, kind: .table, origin: file.path)
    let notes = bad.notes(at: file.path) + encoder.notes(at: file.path, rows: labels.count)
    return (dataset, bad, notes)
  }

  private static func place(
    of field: CSV.Field, in classes: [String: Int], _ schema: TableSchema, _ name: String
  ) throws -> Int32 {
    if let place = classes[field.text] { return Int32(place) }
    let place = "\(name):\(field.line):\(field.column)"
    if DecimalNumber.isMissing(field.text) {
      throw LeptonError(
        .badInput, "the label in column \"\(schema.labelName)\" is missing", at: place,
        fix: "fill it in or drop the row")
    }
    let near = nearestSpelling(of: field.text, in: schema.classes)
    throw LeptonError(
      .badInput, "\"\(field.text.prefix(60))\" is not a class of the training part", at: place,
      fix: near.map { "did you mean \"\($0)\"?" }
        ?? "the classes are \(schema.classes.prefix(12).joined(separator: ", "))")
  }
}

extension TableEncoder {
  /// Which values were unknown, a sentence for each column where many were.
  package func notes(at place: String, rows: Int) -> [String] {
    unknown.filter { !column($0.column).hasRare || $0.count * 20 > rows }.map { unknown in
      "column \"\(unknown.column)\" of \(place) has \(unknown.count) unknown "
        + "\(unknown.count == 1 ? "value" : "values"), the first \"\(unknown.first.text.prefix(40))\" "
        + "in line \(unknown.first.line)"
    }
  }

  private func column(_ name: String) -> TableSchema.Column {
    schema.columns.first { $0.name == name }!
  }
}
