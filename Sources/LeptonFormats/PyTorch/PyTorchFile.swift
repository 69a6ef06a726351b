import LeptonData
package import LeptonValues

/// Tensors of PyTorch's zip files (`torch.save` since 1.6, `.pt` and `.pth`), read without running anything.
///
/// The tensors' list is a pickle, a program for a machine of Python's that may call anything. `PickleMachine` takes it as data.
/// Nested containers become names with dots: `{"model": {"fc.weight": ...}}` is `model.fc.weight`.
public enum PyTorchFile {
  /// - Throws: `LeptonError`: `io`, or `badInput` naming the opcode, the entry of the archive, or the tensor.
  public static func weights(_ path: String) throws -> WeightSet {
    try weights(ByteSource(path))
  }

  package static func weights(_ source: ByteSource) throws -> WeightSet {
    try refuseOthers(source)
    let archive = try ZipArchive(source)
    guard let list = archive.entries.first(where: { $0.name.hasSuffix("/data.pkl") }) else {
      throw LeptonError(
        .badInput, "the archive has no data.pkl", at: source.name,
        fix: "save it with torch.save(model.state_dict(), path)")
    }
    let folder = String(list.name.dropLast("data.pkl".count))
    guard archive[folder + "constants.pkl"] == nil else {
      throw LeptonError(
        .badInput, "it is a TorchScript program, not a file of tensors", at: source.name,
        fix: "torch.save(torch.jit.load(path).state_dict(), other)")
    }
    if let entry = archive[folder + "byteorder"],
      try archive.contents(of: entry) != Array("little".utf8)
    {
      throw LeptonError(
        .badInput, "its elements are big-endian", at: source.name,
        fix: "save it on a little-endian machine")
    }
    return try PickleMachine.withValue(
      archive.contents(of: list), name: "\(source.name), entry '\(list.name)'"
    ) { value in
      var names = TensorNames(source.name)
      try names.collect(value, "")
      var storages = TorchStorages(archive, folder: folder + "data/")
      return try storages.weights(names)
    }
  }

  /// By the first bytes, not by the name.
  private static func refuseOthers(_ source: ByteSource) throws {
    let start = try source.prefix(16)
    guard !start.starts(with: [0x50, 0x4B]) else { return }
    // A pickle's PROTO, and the number that PyTorch before 1.6 began its files with.
    let isLegacy = start.count >= 2 && start[0] == 0x80 && (1...5).contains(start[1])
    throw LeptonError(
      .badInput,
      isLegacy
        ? "it is a bare pickle, the legacy format of PyTorch before 1.6, and is not read"
        : "it is no zip archive, as torch.save writes them", at: "\(source.name), byte 0",
      fix: isLegacy
        ? "save it anew: torch.save(torch.load(path, weights_only=True), other)"
        : "save it with torch.save(model.state_dict(), path)")
  }
}

/// The tensors of a pickle under names with dots.
struct TensorNames {
  private(set) var tensors: [(name: String, tensor: TorchTensor)] = []
  /// Numbers and text, which are no weights.
  private(set) var omitted: [String] = []
  private let source: String
  private var taken: Set<String> = []
  private var visits = 0

  private static let mostVisits = 2_000_000
  private static let mostDepth = 64

  init(_ source: String) { self.source = source }

  mutating func collect(_ value: PickleValue, _ name: String, depth: Int = 0) throws {
    visits += 1
    guard visits <= Self.mostVisits, depth <= Self.mostDepth, name.utf8.count <= 4096 else {
      throw refuse(
        "containers nest without end, or hold more than \(Self.mostVisits) values", name)
    }
    func inner(_ key: String) -> String { name.isEmpty ? key : "\(name).\(key)" }
    switch value {
    case .tensor(let tensor):
      let name = name.isEmpty ? "tensor" : name
      guard taken.insert(name).inserted else {
        throw refuse("two tensors have this name", name)
      }
      tensors.append((name, tensor))
    case .dictionary(let dictionary):
      for (key, value) in dictionary.pairs {
        switch key {
        case .string(let key): try collect(value, inner(key), depth: depth + 1)
        case .int(let key): try collect(value, inner("\(key)"), depth: depth + 1)
        default: throw refuse("a key is \(key.kindName)", name)
        }
      }
    case .list(let list):
      for (index, item) in list.items.enumerated() {
        try collect(item, inner("\(index)"), depth: depth + 1)
      }
    case .tuple(let items):
      for (index, item) in items.enumerated() {
        try collect(item, inner("\(index)"), depth: depth + 1)
      }
    case .storage, .global:
      throw refuse("\(value.kindName) stands alone", name)
    case .none, .bool, .int, .float, .string, .bytes: omitted.append(name)
    }
  }

  private func refuse(_ what: String, _ name: String) -> LeptonError {
    LeptonError(
      .badInput, what, at: "\(source), '\(name.prefix(200))'", fix: PickleMachine.saveTensors)
  }
}
