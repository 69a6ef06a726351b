import Foundation
import LeptonValues

/// A folder that appears under its name when everything is in it, and not before.
struct NewFolder {
  let path: String
  private let partial: String

  /// - Throws: `LeptonError`: `usage` where something is there already, `io` where it cannot be made.
  init(_ path: String) throws {
    let inside = try? FileManager.default.contentsOfDirectory(atPath: path)
    if FileManager.default.fileExists(atPath: path), inside?.isEmpty != true {
      throw LeptonError(
        .usage, "there is something in it already", at: path, fix: "name a new folder")
    }
    self.path = path
    partial = "\(path).partial-\(ProcessInfo.processInfo.processIdentifier)"
    try LeptonError.whenWriting(path) {
      try FileManager.default.createDirectory(
        atPath: partial, withIntermediateDirectories: true)
    }
  }

  /// Fills the folder and gives it its name; where that fails, nothing is left.
  func fill<Result>(_ body: (NewFolder) throws -> Result) throws -> Result {
    do {
      let result = try body(self)
      try LeptonError.whenWriting(path) {
        if FileManager.default.fileExists(atPath: path) {
          try FileManager.default.removeItem(atPath: path)
        }
        try FileManager.default.moveItem(atPath: partial, toPath: path)
      }
      return result
    } catch {
      try? FileManager.default.removeItem(atPath: partial)
      throw error
    }
  }

  /// Where a file goes for now; its folders are made.
  func place(_ name: String) throws -> String {
    let file = "\(partial)/\(name)"
    try LeptonError.whenWriting(file) {
      try FileManager.default.createDirectory(
        atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    }
    return file
  }

  func copy(_ file: String, as name: String) throws {
    let target = try place(name)
    try LeptonError.whenWriting(target) {
      try FileManager.default.copyItem(atPath: file, toPath: target)
    }
  }
}
