import Foundation
import LeptonData
import LeptonValues

/// A folder of pictures that were drawn on, each under the name of the file that it was made of.
struct DrawingFolder {
  private let path: String
  private var taken: Set<String> = []

  /// Makes the folder where it is not there.
  init(_ path: String) throws {
    self.path = path
    try LeptonError.whenWriting(path, "the folder cannot be made") {
      try FileManager.default.createDirectory(
        atPath: path, withIntermediateDirectories: true)
    }
  }

  /// Writes a picture as a PNG or, where the file was none, as a JPEG.
  ///
  /// - Throws: `LeptonError` of kind `usage` where that would be in place of the file itself.
  mutating func write(_ picture: Image, of file: String) throws -> String {
    let name = (file as NSString).lastPathComponent as NSString
    let isImage = ["png", "jpg", "jpeg"].contains(name.pathExtension.lowercased())
    let (stem, kind) =
      isImage ? (name.deletingPathExtension, name.pathExtension) : (name as String, "png")
    let target = "\(path)/\(free(stem, kind))"
    guard Self.place(target) != Self.place(file) else {
      throw LeptonError(
        .usage, "the drawing would replace the picture \(file)", at: "--draw",
        fix: "name another folder")
    }
    let bytes = kind.lowercased() == "png" ? try PNG.encode(picture) : try JPEG.encode(picture)
    try DurableFile.write(Data(bytes), to: target)
    return target
  }

  private static func place(_ path: String) -> String {
    URL(fileURLWithPath: path).resolvingSymlinksInPath().standardizedFileURL.path
  }

  /// A name that no picture of this run has: of equal ones the second is `stem-2`.
  private mutating func free(_ stem: String, _ kind: String) -> String {
    var name = "\(stem).\(kind)"
    var number = 2
    while !taken.insert(name).inserted {
      name = "\(stem)-\(number).\(kind)"
      number += 1
    }
    return name
  }
}
