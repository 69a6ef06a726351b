import LeptonData
import LeptonValues

/// The elements of tensors, which are views of storages: each storage is read once, and let go before the next.
struct TorchStorages {
  private let archive: ZipArchive
  private let folder: String
  /// Bytes that tensors may take together: views may overlap, but not make much of little.
  private var budget: Int

  init(_ archive: ZipArchive, folder: String) {
    self.archive = archive
    self.folder = folder
    budget = max(64 << 20, 16 * archive.source.count)
  }

  mutating func weights(_ names: TensorNames) throws -> WeightSet {
    var weights = WeightSet([:])
    weights.omitted = names.omitted
    for (key, views) in Dictionary(grouping: names.tensors, by: \.tensor.storage.key)
      .sorted(by: { $0.key < $1.key })
    {
      guard let entry = archive[folder + key] else {
        throw LeptonError(
          .badInput,
          "the archive has no entry '\(folder)\(key.prefix(80))' for tensor '\(views[0].name)'",
          at: archive.source.name, fix: "fetch the file again")
      }
      let bytes = ByteSource(
        try archive.contents(of: entry), name: "\(archive.source.name), \(entry.name)")
      for view in views {
        weights.tensors[view.name] = try tensor(view.tensor, view.name, bytes)
        if !view.tensor.type.isStoredAsIs { weights.widened[view.name] = view.tensor.type.rawValue }
      }
    }
    return weights
  }

  private mutating func tensor(
    _ view: TorchTensor, _ name: String, _ bytes: ByteSource
  ) throws -> TensorData {
    func refuse(_ what: String, fix: String = "fetch the file again") -> LeptonError {
      LeptonError(.badInput, "tensor '\(name)' \(what)", at: bytes.name, fix: fix)
    }
    let width = view.type.bits / 8
    let stored = view.storage.type.map { $0.bits / 8 } ?? 1
    guard view.storage.elementCount <= bytes.count / stored,
      view.storage.elementCount * stored == bytes.count
    else {
      throw refuse(
        "has a storage of \(view.storage.elementCount) elements, its entry has \(bytes.count) bytes"
      )
    }
    guard let count = view.type.byteCount(view.shape), count <= budget else {
      throw refuse(
        "of \(view.shape) is more than a file of \(archive.source.count) bytes justifies",
        fix: "save tensor.contiguous() if it repeats elements on purpose")
    }
    let shape = Shape(view.shape)
    guard count > 0 else { return TensorData(zeros: TensorType(view.type.dtype, shape)) }
    budget -= count
    // The last element that the view reaches.
    var last = view.offset
    for (extent, stride) in zip(view.shape, view.strides) {
      let (reach, a) = (extent - 1).multipliedReportingOverflow(by: stride)
      let (sum, b) = last.addingReportingOverflow(reach)
      guard !a, !b else {
        throw refuse("has strides \(view.strides), which lead out of its storage")
      }
      last = sum
    }
    guard last < bytes.count / width else {
      throw refuse(
        "reaches element \(last) of a storage of \(bytes.count / width)")
    }
    if view.strides == shape.strides || shape.elementCount == 1 {
      let start = view.offset * width
      return try view.type.tensor(bytes, start..<(start + count), shape: shape)
    }
    // Reading what lies between the elements is work, too.
    guard last - view.offset < budget else {
      throw refuse(
        "is one of many views that are spread over their storage", fix: "save tensor.contiguous()")
    }
    budget -= last - view.offset
    let whole = try view.type.tensor(
      bytes, (view.offset * width)..<((last + 1) * width), shape: [last + 1 - view.offset])
    return whole.gathered(shape, by: view.strides)
  }
}
