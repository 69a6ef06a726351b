import Foundation
import LeptonValues

/// The binary version of CIFAR-10: records of a label and 3,072 bytes, red, green and blue planes of 32 x 32.
///
/// Source: A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009.
enum CIFAR10 {
  static let firstFile = "data_batch_1.bin"
  static let files =
    (1...5).map { "data_batch_\($0).bin" } + ["test_batch.bin", "batches.meta.txt"]
  private static let pixelBytes = 3 * 32 * 32

  static func open(_ folder: String, name: String) throws -> DataBundle {
    let list = try FileBytes.read("\(folder)/batches.meta.txt")
    let classes = String(decoding: list, as: UTF8.self)
      .split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { !$0.isEmpty }
    return DataBundle(
      name: name, train: try part(Array(files[0..<5]), classes, folder),
      test: try part([files[5]], classes, folder))
  }

  private static func part(
    _ files: [String], _ classes: [String], _ folder: String
  ) throws -> Dataset {
    var pixels: [UInt8] = []
    var labels: [Int32] = []
    for file in files {
      let path = "\(folder)/\(file)"
      let bytes = try FileBytes.read(path)
      guard !bytes.isEmpty, bytes.count % (pixelBytes + 1) == 0 else {
        throw LeptonError(
          .badInput, "\(bytes.count) bytes are no whole number of records of \(pixelBytes + 1)",
          at: path, fix: "fetch the file again: it is cut short")
      }
      for start in stride(from: 0, to: bytes.count, by: pixelBytes + 1) {
        labels.append(Int32(bytes[start]))
        pixels += bytes[(start + 1)...(start + pixelBytes)]
      }
    }
    return try Dataset(
      features: TensorData(pixels, shape: [labels.count, 3, 32, 32]),
      labels: TensorData(labels, shape: [labels.count]), classes: classes, kind: .image,
      origin: folder)
  }
}
