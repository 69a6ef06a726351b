import Foundation
import LeptonValues

/// The format of Quinlan's C4.5, in which the UCI repository keeps many tables: `stem.names` names
/// the columns, `stem.data` and `stem.test` hold comma-separated rows with the class last; `|`
/// starts a comment, `?` is a missing value, and a class may end in a period.
///
/// Source: J. R. Quinlan, "C4.5: Programs for Machine Learning", 1993.
enum C45 {
  /// The stem of the one `.data` file with a `.names` file in `folder`; nil where there is none.
  static func stem(in folder: String) -> String? {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return files.sorted()
      .filter { $0.hasSuffix(".data") }
      .map { String($0.dropLast(5)) }
      .first { files.contains($0 + ".names") }
      .map { "\(folder)/\($0)" }
  }

  /// Its parts.
  static func files(stem: String) throws -> TableSource.Files {
    let columns = try columnNames(stem + ".names") + ["class"]
    let test = stem + ".test"
    return TableSource.Files(
      train: TableFile(stem + ".data", format: .c45, columns: columns),
      test: FileManager.default.fileExists(atPath: test)
        ? TableFile(test, format: .c45, columns: columns) : nil)
  }

  /// `age: continuous.` names a column; the first line without a comment lists the classes.
  private static func columnNames(_ path: String) throws -> [String] {
    let text = String(decoding: try FileBytes.read(path), as: UTF8.self)
    let names = text.split(whereSeparator: \.isNewline)
      .compactMap { $0.split(separator: "|", omittingEmptySubsequences: false).first }
      .filter { $0.contains(":") }
      .compactMap { $0.split(separator: ":").first?.trimmingCharacters(in: .whitespaces) }
    guard !names.isEmpty else {
      throw LeptonError(
        .badInput, "no line names a column", at: path, fix: "write one `name: type.` per column")
    }
    return names
  }
}
