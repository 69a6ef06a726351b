public import LeptonValues

/// Several named arrays in one zip archive of `.npy` files, as `numpy.savez` and
/// `numpy.savez_compressed` write it.
public enum NPZ {
  /// The arrays in the file at `path`, by name without `.npy`.
  ///
  /// - Throws: `LeptonError`: `io`, or `badInput` where the archive or an array is damaged.
  public static func read(_ path: String) throws -> [String: TensorData] {
    try decode(ByteSource(path))
  }

  /// Writes `arrays` to `path`, sorted by name and uncompressed. bf16, which NumPy lacks, is written as f32.
  ///
  /// - Throws: `LeptonError`: `badInput` for a name that no file can have, or `io`.
  public static func write(_ arrays: [String: TensorData], to path: String) throws {
    try FileBytes.write(to: path) { sink in
      var archive = ZipWriter(sink)
      for (name, tensor) in arrays.sorted(by: { $0.key < $1.key }) {
        try archive.add(name + ".npy", NPY.pieces(tensor))
      }
      try archive.finish()
    }
  }

  package static func decode(_ bytes: [UInt8], name: String) throws -> [String: TensorData] {
    try decode(ByteSource(bytes, name: name))
  }

  package static func decode(_ source: ByteSource) throws -> [String: TensorData] {
    let archive = try ZipArchive(source)
    var arrays: [String: TensorData] = [:]
    for entry in archive.entries where entry.name.hasSuffix(".npy") {
      arrays[String(entry.name.dropLast(4))] =
        try NPY.decode(
          try archive.contents(of: entry)[...], name: "\(source.name), \(entry.name)")
    }
    return arrays
  }
}
