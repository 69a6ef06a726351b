import Foundation
import LeptonValues

/// Tables in text files: CSV, TSV, JSON lines, and the C4.5 format of many UCI data sets.
///
/// A training file is read twice, first to learn its schema, then to become numbers; so no more of it is in memory than
/// the numbers are.
enum TableSource {
  static func open(
    _ paths: [String], kind: DataSource.Kind, name: String, options: DataOptions
  ) throws -> DataBundle {
    let files = try files(paths, kind: kind, header: options.header)
    return try bundle(files, name: name, options: options)
  }

  /// Whether `folder` has a training table by name.
  static func isFolderOfTables(_ folder: String) -> Bool { files(in: folder, header: nil) != nil }

  /// The parts of a data set.
  package struct Files {
    package var train: TableFile
    package var validation: TableFile?
    package var test: TableFile?
  }

  /// A folder with `train.csv` and, if it has them, `validation.csv` and `test.csv`; nil where there is none for training.
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

  private static func bundle(
    _ files: Files, name: String, options: DataOptions
  ) throws -> DataBundle {
    var notes: [String] = []
    let schema: TableSchema
    if let known = options.schema {
      schema = known
    } else {
      (schema, notes) = try learn(from: files.train, options: options)
    }
    var skipped: [DataBundle.Skipped] = []
    func part(_ file: TableFile) throws -> Dataset {
      let part = try read(file, schema, allowed: options.maxBad)
      notes += part.notes
      skipped += part.bad.errors.map { .init(file: $0.place, reason: $0.what) }
      return part.dataset
    }
    var bundle = DataBundle(
      name: name, train: try part(files.train), validation: try files.validation.map(part),
      test: try files.test.map(part), schema: schema)
    bundle.notes = notes
    bundle.skipped = skipped
    return bundle
  }
}

extension TableSource {
  /// The tables that a spec names, with a kind of `csv` or `c45`.
  static func files(_ paths: [String], kind: DataSource.Kind, header: Bool?) throws -> Files {
    let path = paths[0]
    if kind == .c45 {
      let stem = path.hasSuffix(".data") ? String(path.dropLast(5)) : C45.stem(in: path)
      guard let stem else {
        throw LeptonError(
          .badInput, "no .data file with a .names file is in it", at: path, fix: "name the .data")
      }
      return try C45.files(stem: stem)
    }
    if ImageFiles.isFolder(path) {
      guard let files = files(in: path, header: header) else {
        throw LeptonError(
          .badInput, "there is no train.csv in it", at: path, fix: "name a file: csv:FILE")
      }
      return files
    }
    return Files(
      train: TableFile(path, header: header), validation: nil,
      test: paths.count > 1 ? TableFile(paths[1], header: header) : nil)
  }

  /// The first pass.
  static func learn(
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
