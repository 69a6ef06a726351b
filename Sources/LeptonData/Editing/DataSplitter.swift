import Foundation
import LeptonValues

/// Divides the training part of tables and image folders into parts on disk, each class in the same proportions.
package struct DataSplitter {
  /// What was written.
  package struct Result: Sendable, Encodable {
    package var output: String
    /// Examples in each part.
    package var counts: [String: Int]
    package var notes: [String]
  }

  private let fractions: [Double]
  private let seed: UInt64
  private let options: DataOptions

  /// - Parameter fractions: of two parts, train and test, or of three, train, validation and test.
  /// - Throws: `LeptonError` of kind `usage`.
  package init(fractions: [Double], seed: UInt64 = 0, options: DataOptions = DataOptions()) throws {
    guard (2...3).contains(fractions.count), fractions.allSatisfy({ $0 > 0 && $0 < 1 }),
      fractions.reduce(0, +) <= 1 + 1e-9
    else {
      throw LeptonError(
        .usage, "the fractions \(fractions) divide nothing", at: "--fractions",
        fix: "give those of train and test, or of train, validation and test: 0.8,0.1,0.1")
    }
    self.fractions = fractions
    self.seed = seed
    self.options = options
  }

  private var names: [String] {
    fractions.count == 2 ? ["train", "test"] : ["train", "validation", "test"]
  }

  /// - Throws: `LeptonError`: as `DataSource.open`, and `usage` where the output is there already or the data are of
  ///   another kind.
  package func split(_ spec: String, to output: String) throws -> Result {
    guard let found = try DataSource.resolve(spec) else { throw otherKind(spec) }
    let folder: NewFolder
    switch found.kind {
    case .csv, .c45:
      let files = try TableSource.files(found.paths, kind: found.kind, header: options.header)
      let parts = try labels(of: files.train)
      folder = try NewFolder(output)
      return try folder.fill { try write(files.train, parts, to: $0) }
    case .images:
      let root = try ImageFolder.Layout(found.paths[0]).train
      let classes = try ImageFiles.subfolders(of: root)
      let files = try ImageFolder.files(in: root, classes: classes).files
      let parts = try divide(files.map(\.label), root)
      folder = try NewFolder(output)
      return try folder.fill { folder in
        for (file, part) in zip(files, parts) {
          guard let part else { continue }
          let inside = file.path.dropFirst(root.count + 1)
          try folder.copy(file.path, as: "\(names[part])/\(inside)")
        }
        return result(output, parts, notes: [])
      }
    case .idx, .npz, .npy, .cifar: throw otherKind(spec)
    }
  }

  private func otherKind(_ spec: String) -> LeptonError {
    LeptonError(
      .usage, "\"\(spec)\" is neither a table nor an image folder", at: "data split",
      fix: "data.validation and data.test in a recipe divide every kind of data")
  }

  /// The part of each row; nil for one that belongs to none.
  private func divide(_ labels: [Int32], _ place: String) throws -> [Int?] {
    var parts = [Int?](repeating: nil, count: labels.count)
    do {
      let rows = try Split.stratified(labels: labels, fractions: fractions, seed: seed)
      for (part, rows) in rows.enumerated() { for row in rows { parts[row] = part } }
    } catch let error as LeptonError {
      throw error.within(place)
    }
    return parts
  }

  private func result(_ output: String, _ parts: [Int?], notes: [String]) -> Result {
    Result(
      output: output,
      counts: Dictionary(
        uniqueKeysWithValues: names.enumerated().map { index, name in
          (name, parts.count { $0 == index })
        }), notes: notes)
  }
}

extension DataSplitter {
  /// Where each good row of a table goes; measured labels, nearly all of which differ, count as one class.
  private func labels(of file: TableFile) throws -> [Int?] {
    var reader = try TableReader(file)
    let column = try labelColumn(reader.columns, file.path)
    var numbers: [String: Int32] = [:]
    var labels: [Int32] = []
    var bad = BadRows(allowed: options.maxBad)
    while let row = try reader.next() {
      switch row {
      case .flawed(let error): try bad.add(error)
      case .fields(let fields):
        let next = Int32(numbers.count)
        labels.append(numbers[fields[column].text, default: next])
        if labels.last == next { numbers[fields[column].text] = next }
      }
    }
    try bad.verify(total: labels.count + bad.count)
    let isMeasured = numbers.count * 2 > labels.count
    return try divide(isMeasured ? labels.map { _ in 0 } : labels, file.path)
  }

  private func labelColumn(_ columns: [String], _ place: String) throws -> Int {
    guard let wanted = options.label else { return columns.count - 1 }
    if let column = columns.firstIndex(of: wanted) { return column }
    throw LeptonError(
      .usage, "there is no column \"\(wanted)\"", at: place,
      fix: nearestSpelling(of: wanted, in: columns).map { "did you mean \"\($0)\"?" }
        ?? "the columns are \(columns.prefix(12).joined(separator: ", "))")
  }

  private func write(_ file: TableFile, _ parts: [Int?], to folder: NewFolder) throws -> Result {
    var reader = try TableReader(file)
    let writers = try names.map {
      try CSVWriter(folder.place("\($0).csv"), columns: reader.columns)
    }
    var bad = BadRows(allowed: .max)
    var index = 0
    while let row = try reader.next() {
      switch row {
      case .flawed(let error): try bad.add(error)
      case .fields(let fields):
        if let part = parts[index] { try writers[part].write(fields) }
        index += 1
      }
    }
    for writer in writers { try writer.close() }
    return result(folder.path, parts, notes: bad.notes(at: file.path))
  }
}
