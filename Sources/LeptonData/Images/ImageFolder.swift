import Foundation
import LeptonValues
import Synchronization

/// Images sorted into folders by class: `root/class/*.png`, or the same below `root/train`,
/// `root/validation` (`valid`, `val`) and `root/test`.
enum ImageFolder {
  static func open(_ root: String, name: String, options: DataOptions) throws -> DataBundle {
    let folders = subfolders(of: root)
    // A folder `train` without folders inside holds pictures of trains.
    guard folders.contains("train"), !subfolders(of: "\(root)/train").isEmpty else {
      var reader = Reader(options: options, classes: folders)
      let train = try reader.read(root)
      return DataBundle(name: name, train: train, skipped: reader.skipped)
    }
    var reader = Reader(options: options, classes: subfolders(of: "\(root)/train"))
    let train = try reader.read("\(root)/train")
    func part(_ names: [String]) throws -> Dataset? {
      try names.first(where: folders.contains).map { try reader.read("\(root)/\($0)") }
    }
    let validation = try part(["validation", "valid", "val"])
    let test = try part(["test"])
    return DataBundle(
      name: name, train: train, validation: validation, test: test, skipped: reader.skipped)
  }

  /// Whether some folder two or three levels down holds a file with an image's name.
  static func isImageFolder(_ root: String) -> Bool {
    subfolders(of: root).contains { folder in
      let inner = "\(root)/\(folder)"
      return hasImage(inner) || subfolders(of: inner).contains { hasImage("\(inner)/\($0)") }
    }
  }

  private static func hasImage(_ folder: String) -> Bool {
    entries(of: folder).contains(where: isImageName)
  }

  private static func isImageName(_ name: String) -> Bool {
    ["png", "jpg", "jpeg"].contains((name as NSString).pathExtension.lowercased())
  }

  private static func entries(of folder: String) -> [String] {
    let all = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return all.filter { !$0.hasPrefix(".") }.sorted()
  }

  private static func subfolders(of folder: String) -> [String] {
    entries(of: folder).filter { name in
      var isFolder: ObjCBool = false
      return FileManager.default.fileExists(atPath: "\(folder)/\(name)", isDirectory: &isFolder)
        && isFolder.boolValue
    }
  }

  /// Reads parts alike: same classes, size and colour, which the first image decides if nothing
  /// else does.
  private struct Reader {
    var options: DataOptions
    let classes: [String]
    var skipped: [DataBundle.Skipped] = []

    init(options: DataOptions, classes: [String]) {
      self.options = options
      self.classes = classes
    }

    mutating func read(_ root: String) throws -> Dataset {
      let found = ImageFolder.subfolders(of: root)
      guard found.count >= 1, classes.count >= 2 else {
        throw LeptonError(
          .badInput, "\(found.count) class folders are in it", at: root,
          fix: "give a folder for each of at least two classes")
      }
      if let unknown = found.first(where: { !classes.contains($0) }) {
        let near = nearestSpelling(of: unknown, in: classes).map { "did you mean \"\($0)\"?" }
        throw LeptonError(
          .badInput, "class \"\(unknown)\" does not occur in the training part", at: root,
          fix: near ?? "the classes are \(classes.prefix(12).joined(separator: ", "))")
      }
      var files: [(path: String, label: Int32)] = []
      for (label, name) in classes.enumerated() where found.contains(name) {
        let folder = "\(root)/\(name)"
        for entry in ImageFolder.entries(of: folder) {
          if ImageFolder.isImageName(entry) {
            files.append(("\(folder)/\(entry)", Int32(label)))
          } else {
            skipped.append(.init(file: "\(folder)/\(entry)", reason: "not named .png or .jpg"))
          }
        }
      }
      return try dataset(of: files, root: root)
    }

    private mutating func dataset(
      of files: [(path: String, label: Int32)], root: String
    ) throws -> Dataset {
      var pixels: [UInt8] = []
      var labels: [Int32] = []
      var rest = files[...]
      while !rest.isEmpty {
        // The first image alone, since it may decide for the others.
        let isDecided = options.imageSize != nil && options.colour != nil
        let chunk = Array(rest.prefix(isDecided ? 256 : 1))
        rest = rest.dropFirst(chunk.count)
        for (file, result) in zip(chunk, decode(chunk.map(\.path))) {
          switch result {
          case .success(let image):
            decide(by: image)
            pixels += image.planarPixels
            labels.append(file.label)
          case .failure(let error):
            skipped.append(.init(file: file.path, reason: error.what))
          }
        }
      }
      guard let size = options.imageSize, let colour = options.colour, !labels.isEmpty else {
        let example = skipped.first.map { "; the first, \($0.file): \($0.reason)" } ?? ""
        throw LeptonError(
          .badInput, "none of \(files.count) files is a readable image\(example)", at: root,
          fix: "put .png or .jpg files into the class folders")
      }
      if let empty = Set(known(in: root)).subtracting(labels).min() {
        throw LeptonError(
          .badInput, "class \"\(classes[Int(empty)])\" has no readable image", at: root,
          fix: "put .png or .jpg files into its folder, or remove the folder")
      }
      let channels = colour == .rgb ? 3 : 1
      return try Dataset(
        features: TensorData(pixels, shape: [labels.count, channels, size.height, size.width]),
        labels: TensorData(labels, shape: [labels.count]), classes: classes, kind: .image,
        origin: root)
    }

    /// The labels of the class folders below `root`.
    private func known(in root: String) -> [Int32] {
      ImageFolder.subfolders(of: root).compactMap { classes.firstIndex(of: $0).map(Int32.init) }
    }

    private mutating func decide(by image: Image) {
      options.imageSize = options.imageSize ?? .init(height: image.height, width: image.width)
      options.colour = options.colour ?? (image.channels == 3 ? .rgb : .grey)
    }

    /// The images in the order of `paths`, decoded and resized on all cores.
    private func decode(_ paths: [String]) -> [Result<Image, LeptonError>] {
      let results = Mutex<[Int: Result<Image, LeptonError>]>([:])
      let options = options
      DispatchQueue.concurrentPerform(iterations: paths.count) { index in
        let result = Result<Image, LeptonError> { () throws(LeptonError) in
          let image = try Image.load(paths[index], colour: options.colour)
          guard let size = options.imageSize else { return image }
          return image.resized(height: size.height, width: size.width)
        }
        results.withLock { $0[index] = result }
      }
      return results.withLock { found in paths.indices.compactMap { found[$0] } }
    }
  }
}

extension Image {
  /// `read`, with its error's type said.
  fileprivate static func load(
    _ path: String, colour: DataOptions.Colour?
  ) throws(LeptonError) -> Image {
    do {
      return try read(path, colour: colour)
    } catch let error as LeptonError {
      throw error
    } catch {
      throw LeptonError(.defect, "\(error)", at: path)
    }
  }
}
