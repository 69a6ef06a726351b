import LeptonData
public import LeptonValues

extension PyTorchFile {
  /// Writes `tensors` as the state dictionary that `torch.load(path, weights_only=True)` answers, sorted by name.
  ///
  /// - Throws: `LeptonError`: `badInput` for tensors of a type that PyTorch has no storage for, or `io`; a file that was
  ///   there before stays as it was.
  public static func write(_ tensors: [String: TensorData], to path: String) throws {
    let sorted = tensors.mapValues { $0.converted(to: $0.dtype.computable) }
      .sorted { $0.key < $1.key }
    let pickle = try pickle(sorted)
    try FileBytes.write(to: path) { sink in
      var archive = ZipWriter(sink)
      let folder = "archive/"
      try archive.add(folder + "data.pkl", [.bytes(pickle)])
      try archive.add(folder + "byteorder", [.bytes(Array("little".utf8))])
      for (index, tensor) in sorted.enumerated() {
        try archive.add(folder + "data/\(index)", [.elements(tensor.value)])
      }
      try archive.add(folder + "version", [.bytes(Array("3\n".utf8))])
      try archive.finish()
    }
  }

  /// An `OrderedDict` of tensors, each with a storage of its own that has its index as key.
  private static func pickle(_ tensors: [(key: String, value: TensorData)]) throws -> [UInt8] {
    var pickle = PickleWriter()
    pickle.emptyOrderedDictionary()
    pickle.emit(.mark)
    for (index, tensor) in tensors.enumerated() {
      guard let storage = PickleGlobal.storage(of: StoredType(tensor.value.dtype)) else {
        throw LeptonError(
          .badInput, "PyTorch has no storage for tensor '\(tensor.key)', a \(tensor.value.type)",
          fix: "convert it to safetensors or npz")
      }
      pickle.string(tensor.key)
      pickle.global(.rebuildTensor)
      pickle.emit(.mark)
      pickle.emit(.mark)
      pickle.string("storage")
      pickle.global(storage)
      pickle.string("\(index)")
      pickle.string("cpu")
      pickle.int(tensor.value.elementCount)
      pickle.emit(.tuple)
      pickle.emit(.binPersistentID)
      pickle.int(0)
      pickle.tuple(tensor.value.shape.extents)
      pickle.tuple(tensor.value.shape.strides)
      pickle.emit(.false)
      pickle.emptyOrderedDictionary()
      pickle.emit(.tuple)
      pickle.emit(.reduce)
    }
    pickle.emit(.setItems)
    pickle.emit(.stop)
    return pickle.bytes
  }
}

/// A pickle of protocol 2 under construction.
private struct PickleWriter {
  private(set) var bytes: [UInt8] = [PickleOpcode.proto.rawValue, 2]

  mutating func emit(_ opcode: PickleOpcode) { bytes.append(opcode.rawValue) }

  mutating func string(_ text: String) {
    emit(.binUnicode)
    number(text.utf8.count, 4)
    bytes += Array(text.utf8)
  }

  mutating func int(_ value: Int) {
    if let small = Int32(exactly: value) {
      emit(.binInt)
      number(Int(UInt32(bitPattern: small)), 4)
    } else {
      emit(.long1)
      bytes.append(8)
      number(value, 8)
    }
  }

  mutating func tuple(_ values: [Int]) {
    emit(.mark)
    for value in values { int(value) }
    emit(.tuple)
  }

  mutating func global(_ global: PickleGlobal) {
    let dot = global.rawValue.lastIndex(of: ".")!
    emit(.global)
    bytes += Array("\(global.rawValue[..<dot])\n\(global.rawValue[dot...].dropFirst())\n".utf8)
  }

  mutating func emptyOrderedDictionary() {
    global(.orderedDictionary)
    emit(.emptyTuple)
    emit(.reduce)
  }

  private mutating func number(_ value: Int, _ width: Int) {
    for byte in 0..<width { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * byte))) }
  }
}
