import Foundation
import LeptonValues

/// Tables in text files: CSV and TSV, and the C4.5 format of many UCI data sets.
enum TableSource {
  /// A training file, then optionally a test file, each with or without `.gz`.
  static func open(files: [String], name: String, options: DataOptions) throws -> DataBundle {
    try bundle(
      train: try table(files[0], options: options), validation: nil,
      test: files.count > 1 ? try table(files[1], options: options) : nil,
      name: name, options: options)
  }

  /// A folder with `train.csv` and, if it has them, `validation.csv` and `test.csv`.
  static func open(folder: String, name: String, options: DataOptions) throws -> DataBundle {
    func part(_ names: [String]) throws -> TextTable? {
      try existing(names, in: folder).map { try table($0, options: options) }
    }
    guard let train = try part(["train"]) else {
      throw LeptonError(
        .badInput, "there is no train.csv in it", at: folder, fix: "name a file: csv:FILE")
    }
    return try bundle(
      train: train, validation: try part(["validation", "valid", "val", "dev"]),
      test: try part(["test"]), name: name, options: options)
  }

  /// Whether `folder` has a training table by name.
  static func isFolderOfTables(_ folder: String) -> Bool {
    existing(["train"], in: folder) != nil
  }

  static func bundle(
    train: TextTable, validation: TextTable?, test: TextTable?, name: String,
    options: DataOptions
  ) throws -> DataBundle {
    let (schema, notes) = try TableSchema.infer(from: train, options: options)
    func dataset(_ table: TextTable) throws -> Dataset {
      try Dataset(
        features: try schema.features(of: table), labels: try schema.labels(of: table),
        classes: schema.classes, featureNames: schema.featureNames, kind: .table,
        origin: table.name)
    }
    var bundle = DataBundle(
      name: name, train: try dataset(train), validation: try validation.map(dataset),
      test: try test.map(dataset), schema: schema)
    bundle.notes = notes
    return bundle
  }

  private static func existing(_ names: [String], in folder: String) -> String? {
    names
      .flatMap { name in
        ["csv", "tsv", "csv.gz", "tsv.gz"].map { "\(folder)/\(name).\($0)" }
      }
      .first { FileManager.default.fileExists(atPath: $0) }
  }

  private static func table(_ path: String, options: DataOptions) throws -> TextTable {
    var dialect = CSV.Dialect()
    if path.contains(".tsv") { dialect.delimiter = UInt8(ascii: "\t") }
    let records = try CSV.parse(try Gzip.readFile(path), dialect: dialect, name: path)
    return try TextTable(records, name: path, header: options.header)
  }
}
