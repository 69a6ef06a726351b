import Foundation
import LeptonValues

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The image files below a folder, found by the names of files, at any depth.
///
/// Links are followed, each folder once, so that a loop of links ends.
package struct ImageFiles {
  package private(set) var images: [String] = []
  /// Files that are not called like an image.
  package private(set) var others: [String] = []
  private var visited: Set<[UInt64]> = []

  /// - Throws: `LeptonError` of kind `io` where a folder cannot be read.
  package init(below folder: String) throws { try visit(folder) }

  static func isImageName(_ name: String) -> Bool {
    ["png", "jpg", "jpeg"].contains((name as NSString).pathExtension.lowercased())
  }

  /// What a folder holds, in order, without hidden files.
  static func entries(of folder: String) throws -> [String] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: folder)
        .filter { !$0.hasPrefix(".") && $0 != "__MACOSX" }.sorted()
    } catch {
      throw LeptonError(
        .io, "the folder cannot be read: \(error.localizedDescription)", at: folder,
        fix: "check the path and its permissions")
    }
  }

  static func subfolders(of folder: String) throws -> [String] {
    try entries(of: folder).filter { isFolder("\(folder)/\($0)") }
  }

  package static func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      && isFolder.boolValue
  }

  private mutating func visit(_ folder: String) throws {
    var status = stat()
    guard stat(folder, &status) == 0,
      visited.insert([UInt64(status.st_dev), UInt64(status.st_ino)]).inserted
    else { return }
    for entry in try Self.entries(of: folder) {
      let path = "\(folder)/\(entry)"
      if Self.isFolder(path) {
        try visit(path)
      } else if Self.isImageName(entry) {
        images.append(path)
      } else {
        others.append(path)
      }
    }
  }
}
