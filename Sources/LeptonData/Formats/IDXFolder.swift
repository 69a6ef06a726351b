import Foundation
import LeptonValues

/// Images and labels as IDX files under the names that MNIST gave them.
enum IDXFolder {
  /// A folder with `train-images-idx3-ubyte` and `train-labels-idx1-ubyte`, and `t10k-...` for a
  /// test part; each may end in `.gz`, and have a dot before `idx`, as some programs unpack them.
  static func open(_ folder: String, name: String) throws -> DataBundle {
    guard let train = try part("train", in: folder) else {
      throw LeptonError(
        .badInput, "no train-images-idx3-ubyte and train-labels-idx1-ubyte (or .gz) are in it",
        at: folder, fix: "name the two files instead: idx:IMAGES,LABELS")
    }
    return DataBundle(name: name, train: train, test: try part("t10k", in: folder))
  }

  /// One file of images and one of their labels.
  static func read(images: String, labels: String, folder: String) throws -> Dataset {
    let pixels = try IDX.read(images)
    guard pixels.dtype == .u8, pixels.shape.rank == 3 || pixels.shape.rank == 4 else {
      throw LeptonError(
        .badInput, "images are \(pixels.type)", at: images, fix: "expected u8[N, H, W]")
    }
    let classes = try IDX.read(labels)
    guard [.u8, .i8, .i32].contains(classes.dtype), classes.shape.rank == 1 else {
      throw LeptonError(
        .badInput, "labels are \(classes.type)", at: labels, fix: "expected u8[N]")
    }
    guard classes.elementCount == pixels.shape[0] else {
      throw LeptonError(
        .badInput, "\(pixels.shape[0]) images have \(classes.elementCount) labels",
        at: "\(images), \(labels)", fix: "take both files from the same part")
    }
    let s = pixels.shape
    let indices = classes.converted(to: .i32)
    return try Dataset(
      features: s.rank == 4 ? pixels : pixels.reshaped(to: [s[0], 1, s[1], s[2]]),
      labels: indices,
      classes: classNames(indices.array(of: Int32.self), folder: folder),
      kind: .image, origin: folder)
  }

  private static func part(_ prefix: String, in folder: String) throws -> Dataset? {
    guard let images = existing("\(folder)/\(prefix)-images", "idx3-ubyte"),
      let labels = existing("\(folder)/\(prefix)-labels", "idx1-ubyte")
    else { return nil }
    return try read(images: images, labels: labels, folder: folder)
  }

  private static func existing(_ stem: String, _ ending: String) -> String? {
    ["-\(ending)", "-\(ending).gz", ".\(ending)", ".\(ending).gz"].map { stem + $0 }
      .first { FileManager.default.fileExists(atPath: $0) }
  }

  /// Fashion-MNIST is known by its folder; others are numbered, at least to 9.
  private static func classNames(_ labels: [Int32], folder: String) -> [String] {
    let last = URL(fileURLWithPath: folder).lastPathComponent.lowercased()
    let highest = Int(labels.max() ?? 0)
    if last.contains("fashion"), highest < fashionClasses.count { return fashionClasses }
    return (0...max(9, highest)).map(String.init)
  }

  /// In label order; source: the README of Fashion-MNIST (Zalando Research).
  private static let fashionClasses = [
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
    "Ankle boot",
  ]
}
