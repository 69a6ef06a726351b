import Foundation
import LeptonValues

/// Copies a table or an image folder without what should not be in it: rows and files that cannot be read, and what
/// repeats something else.
///
/// A training example that also occurs in the validation or test part goes; those parts keep it.
package struct DataCleaner {
  /// What was left out, and why.
  package struct Dropped: Sendable, Encodable {
    /// `train.csv:12`, or a file.
    package var place: String
    package var reason: String
  }

  package struct Result: Sendable, Encodable {
    package var output: String
    /// Examples that were kept, by part.
    package var kept: [String: Int]
    package var dropped: [Dropped]
  }

  private let options: DataOptions
  private var dropped: [Dropped] = []
  /// Where each example that was kept stands.
  private var seen: [String: String] = [:]

  package init(options: DataOptions = DataOptions()) { self.options = options }

  /// - Throws: `LeptonError`: as `DataSource.open`, and `usage` where the output is there already or the data are of
  ///   another kind.
  package mutating func clean(_ spec: String, to output: String) throws -> Result {
    guard let found = try DataSource.resolve(spec) else { throw otherKind(spec) }
    let kept: [String: Int]
    switch found.kind {
    case .csv, .c45:
      let files = try TableSource.files(found.paths, kind: found.kind, header: options.header)
      var lenient = options
      lenient.maxBad = .max
      let schema = try TableSource.learn(from: files.train, options: lenient).0
      kept = try NewFolder(output).fill { try clean(files, schema, to: $0) }
    case .images:
      let layout = try ImageFolder.Layout(found.paths[0])
      kept = try NewFolder(output).fill { try clean(layout, to: $0) }
    case .idx, .npz, .npy, .cifar: throw otherKind(spec)
    }
    return Result(output: output, kept: kept, dropped: dropped)
  }

  private func otherKind(_ spec: String) -> LeptonError {
    LeptonError(
      .usage, "\"\(spec)\" is neither a table nor an image folder", at: "data clean",
      fix: "lepton data inspect says what is wrong with other kinds")
  }

  /// Whether the example is new; notes it where it is not.
  private mutating func isNew(_ content: [UInt8], at place: String) -> Bool {
    let digest = SHA256.hex(of: content)
    if let first = seen[digest] {
      dropped.append(Dropped(place: place, reason: "repeats \(first)"))
      return false
    }
    seen[digest] = place
    return true
  }
}

extension DataCleaner {
  private mutating func clean(
    _ files: TableSource.Files, _ schema: TableSchema, to folder: NewFolder
  ) throws -> [String: Int] {
    var kept: [String: Int] = [:]
    let parts = [("test", files.test), ("validation", files.validation), ("train", files.train)]
    for (name, file) in parts {
      guard let file else { continue }
      var reader = try TableReader(file)
      var encoder = try TableEncoder(schema, columns: reader.columns, name: file.path)
      let label = reader.columns.firstIndex(of: schema.labelName)
      let writer = try CSVWriter(folder.place("\(name).csv"), columns: reader.columns)
      while let row = try reader.next() {
        do {
          switch row {
          case .flawed(let error): throw error
          case .fields(let fields):
            try encoder.append(fields)
            encoder.clear()
            let place = "\(file.path):\(fields[0].line)"
            if let label, DecimalNumber.isMissing(fields[label].text) {
              dropped.append(Dropped(place: place, reason: "the label is missing"))
            } else if isNew(Self.content(fields), at: place) {
              try writer.write(fields)
            }
          }
        } catch let error as LeptonError {
          dropped.append(Dropped(place: error.place, reason: error.what))
        }
      }
      try writer.close()
      kept[name] = writer.rows
    }
    return kept
  }

  /// The texts with their lengths, so that no two rows are mistaken for one.
  private static func content(_ fields: [CSV.Field]) -> [UInt8] {
    fields.flatMap { Array("\($0.text.utf8.count):\($0.text)".utf8) }
  }

  private mutating func clean(
    _ layout: ImageFolder.Layout, to folder: NewFolder
  ) throws -> [String: Int] {
    let classes = try ImageFiles.subfolders(of: layout.train)
    let parts = [
      ("test", layout.test), ("validation", layout.validation), ("train", layout.train),
    ]
    var kept: [String: Int] = [:]
    for (name, root) in parts {
      guard let root else { continue }
      let (files, others) = try ImageFolder.files(in: root, classes: classes)
      dropped += others.map { Dropped(place: $0, reason: "not called .png, .jpg or .jpeg") }
      kept[name] = 0
      for file in files {
        do {
          let image = try Image.read(file.path)
          let size = Array("\(image.width)x\(image.height)x\(image.channels):".utf8)
          guard isNew(size + image.pixels, at: file.path) else { continue }
          let inside = file.path.dropFirst(root.count + 1)
          try folder.copy(file.path, as: "\(name)/\(inside)")
          kept[name, default: 0] += 1
        } catch let error as LeptonError where error.place == file.path {
          dropped.append(Dropped(place: file.path, reason: error.what))
        }
      }
    }
    return kept
  }
}
