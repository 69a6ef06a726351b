import Foundation
import LeptonValues
import Synchronization

/// Images sorted into folders by class: `root/class/**/*.png`, or the same below `root/train`,
/// `root/validation` (`valid`, `val`) and `root/test`. Folders inside of a class's folder belong to the class.
enum ImageFolder {
  static func open(_ root: String, name: String, options: DataOptions) throws -> DataBundle {
    let layout = try Layout(root)
    var reader = Reader(options: options, classes: try ImageFiles.subfolders(of: layout.train))
    let train = try reader.read(layout.train)
    let validation = try layout.validation.map { try reader.read($0) }
    let test = try layout.test.map { try reader.read($0) }
    var bundle = DataBundle(
      name: name, train: train, validation: validation, test: test, skipped: reader.skipped)
    bundle.notes = reader.notes
    return bundle
  }

  /// Where the parts are.
  struct Layout {
    var train: String
    var validation: String?
    var test: String?

    init(_ root: String) throws {
      let root = try Self.descended(root)
      let folders = try ImageFiles.subfolders(of: root)
      // A folder `train` without folders inside holds pictures of trains.
      guard folders.contains("train"),
        try !ImageFiles.subfolders(of: "\(root)/train").isEmpty
      else {
        train = root
        return
      }
      train = "\(root)/train"
      validation = ["validation", "valid", "val"].first(where: folders.contains).map {
        "\(root)/\($0)"
      }
      test = folders.contains("test") ? "\(root)/test" : nil
    }

    /// Archives often unpack into a folder inside of a folder.
    private static func descended(_ root: String) throws -> String {
      var root = root
      for _ in 0..<8 {
        let folders = try ImageFiles.subfolders(of: root)
        guard folders.count == 1, folders[0] != "train",
          try !ImageFiles.subfolders(of: "\(root)/\(folders[0])").isEmpty,
          try !ImageFiles.entries(of: root).contains(where: ImageFiles.isImageName)
        else { return root }
        root += "/\(folders[0])"
      }
      return root
    }
  }

  /// Whether some folder below holds a file with an image's name.
  static func isImageFolder(_ root: String) -> Bool {
    guard let folders = try? ImageFiles.subfolders(of: root) else { return false }
    return folders.contains { folder in
      (try? ImageFiles(below: "\(root)/\(folder)").images.isEmpty) == false
    }
  }

  /// The files of one part with the class of each.
  static func files(
    in root: String, classes: [String]
  ) throws -> (files: [(path: String, label: Int32)], others: [String]) {
    let found = try ImageFiles.subfolders(of: root)
    guard found.count >= 1, classes.count >= 2 else {
      let what = found.count == 1 ? "one class folder is in it" : "no class folders are in it"
      throw LeptonError(
        .badInput, what, at: root, fix: "give a folder for each of at least two classes")
    }
    if let unknown = found.first(where: { !classes.contains($0) }) {
      let near = nearestSpelling(of: unknown, in: classes).map { "did you mean \"\($0)\"?" }
      throw LeptonError(
        .badInput, "class \"\(unknown)\" does not occur in the training part", at: root,
        fix: near ?? "the classes are \(classes.prefix(12).joined(separator: ", "))")
    }
    var files: [(path: String, label: Int32)] = []
    var others: [String] = []
    for (label, name) in classes.enumerated() where found.contains(name) {
      let inside = try ImageFiles(below: "\(root)/\(name)")
      files += inside.images.map { ($0, Int32(label)) }
      others += inside.others
    }
    return (files, others)
  }
}

/// Reads parts alike: same classes, size and colour, which the first image decides if nothing
/// else does.
private struct Reader {
  var options: DataOptions
  let classes: [String]
  var skipped: [DataBundle.Skipped] = []
  var notes: [String] = []

  init(options: DataOptions, classes: [String]) {
    self.options = options
    self.classes = classes
  }

  mutating func read(_ root: String) throws -> Dataset {
    let (files, others) = try ImageFolder.files(in: root, classes: classes)
    skipped += others.map { .init(file: $0, reason: "not called .png, .jpg or .jpeg") }
    return try dataset(of: files, root: root)
  }

  private mutating func dataset(
    of files: [(path: String, label: Int32)], root: String
  ) throws -> Dataset {
    var pixels: [UInt8] = []
    var labels: [Int32] = []
    var names: [String] = []
    var bad = BadRows("files", allowed: options.maxBad)
    let isSizeGiven = options.imageSize != nil
    var stretched = 0
    var rest = files[...]
    while !rest.isEmpty {
      // The first image alone, since it may decide for the others.
      let isDecided = options.imageSize != nil && options.colour != nil
      let chunk = Array(rest.prefix(isDecided ? 256 : 1))
      rest = rest.dropFirst(chunk.count)
      for (file, result) in zip(chunk, decode(chunk.map(\.path))) {
        switch result {
        case .success(let (image, isStretched)):
          decide(by: image)
          if isStretched { stretched += 1 }
          pixels += image.planarPixels
          labels.append(file.label)
          names.append(file.path)
        case .failure(let error):
          try bad.add(error)
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
    if let empty = try known(in: root).subtracting(labels).min() {
      throw LeptonError(
        .badInput, "class \"\(classes[Int(empty)])\" has no readable image", at: root,
        fix: "put .png or .jpg files into its folder, or remove the folder")
    }
    try bad.verify(total: files.count)
    notes += bad.notes(at: root)
    if stretched > 0, !isSizeGiven {
      notes.append(
        "\(stretched) of \(labels.count) images of \(root) have another size than the first, "
          + "\(size.height) x \(size.width), and were stretched to it; data.image_size sets another"
      )
    }
    let channels = colour == .rgb ? 3 : 1
    return try Dataset(
      features: TensorData(pixels, shape: [labels.count, channels, size.height, size.width]),
      labels: TensorData(labels, shape: [labels.count]), classes: classes, kind: .image,
      origin: root, names: names)
  }

  /// The labels of the class folders below `root`.
  private func known(in root: String) throws -> Set<Int32> {
    Set(
      try ImageFiles.subfolders(of: root).compactMap {
        classes.firstIndex(of: $0).map(Int32.init)
      })
  }

  private mutating func decide(by image: Image) {
    options.imageSize = options.imageSize ?? .init(height: image.height, width: image.width)
    options.colour = options.colour ?? (image.channels == 3 ? .rgb : .grey)
  }

  /// The images in the order of `paths`, decoded and resized on all cores, and whether that
  /// stretched them.
  private func decode(
    _ paths: [String]
  ) -> [Result<(Image, isStretched: Bool), LeptonError>] {
    let results = Mutex<[Int: Result<(Image, isStretched: Bool), LeptonError>]>([:])
    let options = options
    DispatchQueue.concurrentPerform(iterations: paths.count) { index in
      let result = Result<(Image, isStretched: Bool), LeptonError> { () throws(LeptonError) in
        let image = try Image.load(paths[index], colour: options.colour)
        guard let size = options.imageSize else { return (image, false) }
        let resized = options.fit.applied(to: image, height: size.height, width: size.width)
        return (resized, size.height != image.height || size.width != image.width)
      }
      results.withLock { $0[index] = result }
    }
    return results.withLock { found in paths.indices.compactMap { found[$0] } }
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
