import Foundation
import LeptonData
import LeptonFormats
import LeptonValues

#if FUZZ_ONNX
  import LeptonONNX
#endif

/// A reader of files from elsewhere, under a name. Where a checksum or a length stands before what is worth changing, the bytes
/// get them right first: `pickle` is a PyTorch file around any pickle.
struct FuzzedReader: Sendable {
  let name: String
  let read: @Sendable ([UInt8]) throws -> Void

  static var all: [FuzzedReader] {
    #if FUZZ_ONNX
      return [FuzzedReader(name: "onnx") { _ = try ONNXImporter().model(from: Data($0)) }] + small
    #else
      return small
    #endif
  }

  private static let small: [FuzzedReader] = [
    FuzzedReader(name: "safetensors") { _ = try SafeTensors.weights(ByteSource($0, name: "f")) },
    FuzzedReader(name: "safetensors-header") { bytes in
      // The bytes are the header; 64 bytes of elements follow.
      let length = withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { Array($0) }
      let file = length + bytes + [UInt8](repeating: 1, count: 64)
      _ = try SafeTensors.weights(ByteSource(file, name: "f"))
    },
    FuzzedReader(name: "npy") { _ = try NPY.decode($0[...], name: "f") },
    FuzzedReader(name: "npz") { _ = try NPZ.decode($0, name: "f") },
    FuzzedReader(name: "pt") { _ = try PyTorchFile.weights(ByteSource($0, name: "f")) },
    FuzzedReader(name: "pickle") { bytes in
      let archive = try FileSink.collecting { sink in
        var archive = ZipWriter(sink)
        try archive.add("archive/data.pkl", [.bytes(bytes)])
        try archive.add("archive/data/0", [.bytes([UInt8](repeating: 1, count: 96))])
        try archive.finish()
      }
      _ = try PyTorchFile.weights(ByteSource(archive, name: "f"))
    },
    FuzzedReader(name: "tflite") { _ = try TFLiteFile.model(ByteSource($0, name: "f")) },
    FuzzedReader(name: "gguf") { _ = try GGUF.weights(ByteSource($0, name: "f")) },
    FuzzedReader(name: "idx") { _ = try IDX.decode($0, name: "f") },
    FuzzedReader(name: "gzip") { _ = try Gzip.decompress($0, limit: 1 << 24) },
    FuzzedReader(name: "image") { _ = try Image.decode($0) },
    FuzzedReader(name: "csv") { try table($0, "f.csv") },
    FuzzedReader(name: "jsonl") { try table($0, "f.jsonl") },
    FuzzedReader(name: "json") { _ = try JSONValue.parse($0, name: "f") },
  ]

  /// Tables are read by their path: a file in memory, one for this process.
  private static func table(_ bytes: [UInt8], _ name: String) throws {
    let folder = "/dev/shm/lepton-fuzz-\(ProcessInfo.processInfo.processIdentifier)"
    try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try FileBytes.write(bytes, to: "\(folder)/\(name)")
    _ = try DataSource.open("\(folder)/\(name)")
  }
}
