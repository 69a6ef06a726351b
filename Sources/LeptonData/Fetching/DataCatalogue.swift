import Foundation
import LeptonValues

/// The data sets that `lepton data fetch` knows: where their publishers keep them, and what the files must be.
package struct DataCatalogue: Sendable {
  /// A file to fetch.
  package struct File: Sendable {
    package var name: String
    package var bytes: Int
    /// Lower-case hexadecimal.
    package var sha256: String

    package init(_ name: String, bytes: Int, sha256: String) {
      (self.name, self.bytes, self.sha256) = (name, bytes, sha256)
    }
  }

  package var name: String
  /// One sentence with the licence.
  package var summary: String
  /// The folder of the files.
  package var url: String
  package var files: [File]
  /// What an archive among the files is unpacked to; empty where there is none.
  package var contents: [String] = []

  package static let all: [DataCatalogue] = [.mnist, .fashionMNIST, .cifar10]

  /// - Throws: `LeptonError` of kind `usage` with the nearest name.
  package static func named(_ name: String) throws -> DataCatalogue {
    if let found = all.first(where: { $0.name == name }) { return found }
    let names = all.map(\.name)
    throw LeptonError(
      .usage, "there is no data set \"\(name)\" to fetch", at: "data fetch",
      fix: nearestSpelling(of: name, in: names).map { "did you mean \"\($0)\"?" }
        ?? "choose of \(names.joined(separator: ", "))")
  }
}

extension DataCatalogue {
  static let mnist = DataCatalogue(
    name: "mnist", summary: "60,000 + 10,000 handwritten digits, 28 x 28; CC BY-SA 3.0",
    url: "https://ossci-datasets.s3.amazonaws.com/mnist",
    files: [
      File(
        "train-images-idx3-ubyte.gz", bytes: 9_912_422,
        sha256: "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
      File(
        "train-labels-idx1-ubyte.gz", bytes: 28_881,
        sha256: "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
      File(
        "t10k-images-idx3-ubyte.gz", bytes: 1_648_877,
        sha256: "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
      File(
        "t10k-labels-idx1-ubyte.gz", bytes: 4542,
        sha256: "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
    ])

  static let fashionMNIST = DataCatalogue(
    name: "fashion-mnist", summary: "60,000 + 10,000 pieces of clothing, 28 x 28; MIT",
    url: "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",
    files: [
      File(
        "train-images-idx3-ubyte.gz", bytes: 26_421_880,
        sha256: "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
      File(
        "train-labels-idx1-ubyte.gz", bytes: 29_515,
        sha256: "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
      File(
        "t10k-images-idx3-ubyte.gz", bytes: 4_422_102,
        sha256: "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
      File(
        "t10k-labels-idx1-ubyte.gz", bytes: 5148,
        sha256: "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
    ])

  static let cifar10 = DataCatalogue(
    name: "cifar10", summary: "50,000 + 10,000 photographs, 32 x 32, ten classes; for research",
    url: "https://www.cs.toronto.edu/~kriz",
    files: [
      File(
        "cifar-10-binary.tar.gz", bytes: 170_052_171,
        sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd")
    ], contents: CIFAR10.files)
}

extension DataCatalogue {
  /// Fetches what is not there already into `folder`.
  ///
  /// - Parameters:
  ///   - mirror: the folder of the files elsewhere; the files must be the same.
  ///   - onProgress: the file, its bytes so far and all of them.
  /// - Throws: `LeptonError`: `io` where it cannot be reached or written, `badInput` where a file is another.
  package func fetch(
    to folder: String, mirror: String? = nil,
    onProgress: @escaping @Sendable (String, Int, Int) -> Void = { _, _, _ in }
  ) throws {
    func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: "\(folder)/\(name)") }
    if !contents.isEmpty, contents.allSatisfy(has) { return }
    try LeptonError.whenWriting(folder, "the folder cannot be made") {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }
    var base = mirror ?? url
    while base.hasSuffix("/") { base.removeLast() }
    for file in files {
      let path = "\(folder)/\(file.name)"
      if has(file.name), try SHA256.hex(ofFile: path) == file.sha256 { continue }
      try Download(from: "\(base)/\(file.name)", bytes: file.bytes, sha256: file.sha256)
        .run(to: path) { onProgress(file.name, $0, file.bytes) }
    }
    if let archive = files.first, !contents.isEmpty {
      try unpack("\(folder)/\(archive.name)", to: folder)
    }
  }

  private func unpack(_ archive: String, to folder: String) throws {
    var tar = try Tar(archive)
    var missing = Set(contents)
    while let file = try tar.next() {
      guard missing.remove(file.name) != nil else { continue }
      try FileBytes.write(file.bytes, to: "\(folder)/\(file.name)")
    }
    guard missing.isEmpty else {
      throw LeptonError(
        .badInput, "\(missing.sorted().joined(separator: ", ")) is not in it", at: archive,
        fix: "fetch it again")
    }
    try? FileManager.default.removeItem(atPath: archive)
  }
}
