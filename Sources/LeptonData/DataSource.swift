import Foundation
import LeptonValues

/// Opens data by path or by name.
///
/// ```swift
/// let data = try DataSource.open("digits")
/// let clothes = try DataSource.open("idx:/data/fashion-mnist")
/// ```
public enum DataSource {
  /// A form in which data are kept; what may stand before the colon of a spec.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// A folder of IDX files under their standard names, or `IMAGES,LABELS`.
    case idx
    /// Folders of PNG and JPEG files by class.
    case images
    /// A file, `TRAIN,TEST`, or a folder with `train.csv`; `.tsv`, `.jsonl` and `.gz` likewise.
    case csv
    /// A folder with `stem.names` and `stem.data`, as UCI keeps tables.
    case c45
    /// Named NumPy arrays.
    case npz
    /// Two NumPy arrays, `FEATURES,LABELS`.
    case npy
    /// A folder with CIFAR-10's binary version.
    case cifar
  }

  /// The data sets that need no file.
  public static let embeddedNames = ["digits"]

  /// The environment variable that lists folders to search for relative names, between colons.
  public static let searchVariable = "LEPTON_DATA"

  /// The data that `spec` names: an embedded name, a path, or `kind:path`. A relative path is looked
  /// for in the working folder, then in those of `LEPTON_DATA`.
  ///
  /// - Parameter environment: nil takes that of the process.
  /// - Throws: `LeptonError`: `usage` for a name or kind that does not exist, `badInput` for data
  ///   that cannot be used, `io` for files that cannot be read.
  public static func open(
    _ spec: String, options: DataOptions = DataOptions(),
    environment: [String: String]? = nil
  ) throws -> DataBundle {
    guard let found = try resolve(spec, environment: environment) else {
      return try Digits.bundle()
    }
    return try read(found.paths, kind: found.kind, name: spec, options: options)
      .verified().notingImbalance()
  }

  /// The files that `spec` names, and their kind; nil for embedded data.
  ///
  /// - Throws: as `open`.
  package static func resolve(
    _ spec: String, environment: [String: String]? = nil
  ) throws -> (paths: [String], kind: Kind)? {
    if spec == "digits" { return nil }
    let environment = environment ?? ProcessInfo.processInfo.environment
    let roots = (environment[searchVariable] ?? "").split(separator: ":").map(String.init)
    let (kind, target) = try divide(spec, roots: roots)
    let paths = try target.split(separator: ",").map { try locate(String($0), spec, roots) }
    guard let path = paths.first else {
      throw LeptonError(
        .usage, "the data spec \"\(spec)\" names nothing",
        fix: "give a path or one of: \(embeddedNames.joined(separator: ", "))")
    }
    guard paths.count <= 2 else {
      throw LeptonError(
        .usage, "the data spec \"\(spec)\" names \(paths.count) files",
        fix: "give one, IMAGES,LABELS or TRAIN,TEST")
    }
    return (paths, try kind ?? detect(path))
  }

  private static func read(
    _ paths: [String], kind: Kind, name: String, options: DataOptions
  ) throws -> DataBundle {
    let path = paths[0]
    switch kind {
    case .idx: return try openIDX(paths, name: name)
    case .images: return try ImageFolder.open(path, name: name, options: options)
    case .csv, .c45:
      return try TableSource.open(paths, kind: kind, name: name, options: options)
    case .npz: return try NPZSource.open(path, name: name, options: options)
    case .npy:
      guard paths.count == 2 else {
        throw LeptonError(
          .usage, "the labels of these features are not named", at: path,
          fix: "npy:FEATURES,LABELS, or both in one .npz")
      }
      return try NPZSource.open(features: path, labels: paths[1], name: name, options: options)
    case .cifar: return try CIFAR10.open(path, name: name)
    }
  }
}

// MARK: Finding

extension DataSource {
  /// The kind, if the spec starts with one, and the rest.
  private static func divide(_ spec: String, roots: [String]) throws -> (Kind?, String) {
    guard let colon = spec.firstIndex(of: ":"), find(spec, roots) == nil else { return (nil, spec) }
    let word = String(spec[..<colon])
    guard let kind = Kind(rawValue: word) else {
      let all = Kind.allCases.map(\.rawValue)
      let near = nearestSpelling(of: word, in: all).map { "did you mean \"\($0):\"?" }
      throw LeptonError(
        .usage, "\"\(word)\" is no kind of data, in \"\(spec)\"",
        fix: near ?? "the kinds are \(all.joined(separator: ", "))")
    }
    return (kind, String(spec[spec.index(after: colon)...]))
  }

  private static func find(_ path: String, _ roots: [String]) -> String? {
    let expanded = (path as NSString).expandingTildeInPath
    let candidates =
      [expanded] + (expanded.hasPrefix("/") ? [] : roots.map { "\($0)/\(expanded)" })
    return candidates.first { FileManager.default.fileExists(atPath: $0) }
  }

  private static func locate(_ path: String, _ spec: String, _ roots: [String]) throws -> String {
    if let found = find(path, roots) { return found }
    let name = (path as NSString).lastPathComponent
    let folder = (path as NSString).deletingLastPathComponent
    let nearby = ([folder.isEmpty ? "." : folder] + (folder.isEmpty ? roots : []))
      .flatMap { (try? FileManager.default.contentsOfDirectory(atPath: $0)) ?? [] }
    let names = folder.isEmpty ? embeddedNames + nearby.sorted() : nearby.sorted()
    let near = nearestSpelling(of: name, in: names).map { "did you mean \"\($0)\"?" }
    let looked =
      roots.isEmpty ? "\(searchVariable) is not set" : "nor below \(roots.joined(separator: ", "))"
    throw LeptonError(
      .usage, "there is no data \"\(path)\" in the working folder (\(looked))",
      at: path == spec ? "" : spec,
      fix: near ?? "give a path or one of: \(embeddedNames.joined(separator: ", "))")
  }

  private static func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      && isFolder.boolValue
  }
}

// MARK: Telling kinds apart

extension DataSource {
  private static func detect(_ path: String) throws -> Kind {
    let kind = isFolder(path) ? kind(ofFolder: path) : kind(ofFile: path)
    guard let kind else {
      throw LeptonError(
        .badInput, "what kind of data this is cannot be told", at: path,
        fix: "say it before a colon: "
          + Kind.allCases.map { "\($0.rawValue):" }.joined(separator: ", "))
    }
    return kind
  }

  private static func kind(ofFolder path: String) -> Kind? {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    if names.contains(where: isIDX) { return .idx }
    if names.contains(CIFAR10.firstFile) { return .cifar }
    if TableSource.isFolderOfTables(path) { return .csv }
    if C45.stem(in: path) != nil { return .c45 }
    return ImageFolder.isImageFolder(path) ? .images : nil
  }

  private static func kind(ofFile path: String) -> Kind? {
    if TableFile.isTable(path) { return .csv }
    let name = (path.removingSuffix(".gz") ?? path).lowercased()
    if name.hasSuffix(".npz") { return .npz }
    if name.hasSuffix(".npy") { return .npy }
    if name.hasSuffix(".data") { return .c45 }
    return isIDX(name) ? .idx : nil
  }

  private static func isIDX(_ name: String) -> Bool {
    name.contains("-idx3-ubyte") || name.contains(".idx3-ubyte")
  }

  private static func openIDX(_ paths: [String], name: String) throws -> DataBundle {
    if isFolder(paths[0]) { return try IDXFolder.open(paths[0], name: name) }
    let folder = (paths[0] as NSString).deletingLastPathComponent
    // The labels of a standard name can be told from that of its images.
    let standard = paths[0].replacingOccurrences(of: "images-idx3", with: "labels-idx1")
      .replacingOccurrences(of: "images.idx3", with: "labels.idx1")
    let labels = paths.count > 1 ? paths[1] : standard
    guard labels != paths[0] else {
      throw LeptonError(
        .usage, "the labels of these images are not named", at: paths[0], fix: "idx:IMAGES,LABELS")
    }
    return DataBundle(
      name: name, train: try IDXFolder.read(images: paths[0], labels: labels, folder: folder))
  }
}

extension String {
  fileprivate func removingSuffix(_ suffix: String) -> String? {
    hasSuffix(suffix) ? String(dropLast(suffix.count)) : nil
  }
}
