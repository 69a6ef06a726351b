import LeptonData
import LeptonValues

/// The forms of models and weights, known by what a file holds rather than by its name.
public enum FileFormat: String, Sendable, CaseIterable {
  /// Models: graph and weights.
  case onnx, tflite
  /// Weights alone.
  case safetensors, npz, pt, gguf

  /// Whether a file of this form holds a graph.
  public var isModel: Bool { self == .onnx || self == .tflite }

  /// The form of the file at `path`.
  ///
  /// - Throws: `LeptonError`: `io`, or `badInput` for forms that are not read, with how to convert them.
  public init(of path: String) throws {
    if path.lowercased().hasSuffix(".json") {
      self = .safetensors
      return
    }
    let source = try ByteSource(path)
    let start = try source.prefix(16)
    func starts(_ text: String, at offset: Int = 0) -> Bool {
      start.dropFirst(offset).starts(with: text.utf8)
    }
    if starts("TFL3", at: 4) {
      self = .tflite
    } else if starts("GGUF") {
      self = .gguf
    } else if starts("{", at: 8), start[3..<8].allSatisfy({ $0 == 0 || $0 < 8 }) {
      self = .safetensors
    } else if starts("PK") {
      self = try ZipArchive(source).entries.contains { $0.name.hasSuffix(".npy") } ? .npz : .pt
    } else if start.count > 2, start[0] == 0x80, (1...5).contains(start[1]) {
      // A bare pickle, which the reader of PyTorch's files refuses with its name.
      self = .pt
    } else if start.starts(with: [0x89, 0x48, 0x44, 0x46]) {
      throw LeptonError(
        .badInput, "it is an HDF5 file, as older Keras saves them, and is not read", at: path,
        fix: "save the model as ONNX (tf2onnx) or its weights with numpy.savez")
    } else if let named = FileFormat(named: path) {
      self = named
    } else {
      self = .onnx
    }
  }

  /// The form that a file's name asks for; nil where it asks for none that is known.
  public init?(named path: String) {
    let ending = path.split(separator: ".").last.map { $0.lowercased() } ?? ""
    switch ending {
    case "pth": self = .pt
    case "json" where path.lowercased().hasSuffix(".safetensors.index.json"): self = .safetensors
    default: self.init(rawValue: ending)
    }
  }
}

extension WeightSet {
  /// The tensors of a file of weights.
  ///
  /// - Throws: `LeptonError`: `io`, `badInput` with the byte, opcode or tensor that is wrong, or `usage` for a model.
  public init(_ path: String, format: FileFormat) throws {
    switch format {
    case .safetensors: self = try SafeTensors.weights(path)
    case .npz: self = WeightSet(try NPZ.read(path))
    case .pt: self = try PyTorchFile.weights(path)
    case .gguf: self = try GGUF.weights(path)
    case .onnx, .tflite:
      throw LeptonError(
        .usage, "\(format.rawValue) holds a graph, not weights alone", at: path,
        fix: "give safetensors, npz, pt or gguf")
    }
  }

  /// Writes the tensors; a file that was there before stays as it was where that fails.
  public func write(to path: String, format: FileFormat) throws {
    switch format {
    case .safetensors: try SafeTensors.write(tensors, metadata: metadata, to: path)
    case .npz: try NPZ.write(tensors, to: path)
    case .pt: try PyTorchFile.write(tensors, to: path)
    case .gguf: try GGUF.write(tensors, metadata: metadata, to: path)
    case .onnx, .tflite:
      throw LeptonError(
        .usage, "weights alone make no \(format.rawValue)", at: path,
        fix: "give the model that they belong to: --weights W MODEL OUT")
    }
  }
}
