import LeptonGraph
import LeptonValues

/// The inputs that a file wants to be fed with, whose extents may be open.
struct DataInputs {
  private let inputs: [ONNXValueInfoProto]
  private let extents: [String: Int]
  private let feeds: [String: TensorData]

  /// - Parameters:
  ///   - initializers: what old files list among their inputs although they hold it.
  ///   - feeds: what inputs will be fed with, as far as that is known; open extents are theirs.
  init(
    _ graph: ONNXGraphProto, excluding initializers: [String: TensorData], extents: [String: Int],
    feeds: [String: TensorData] = [:]
  ) {
    inputs = graph.input.filter { initializers[$0.name] == nil }
    self.extents = extents
    self.feeds = feeds
  }

  /// Whether the number of examples is open.
  var hasOpenBatch: Bool {
    inputs.contains { $0.type.tensorType.shape.dim.first?.isOpen(extents) ?? false }
  }

  /// The names of open first extents.
  private var batchSymbols: Set<String> {
    Set(inputs.compactMap { $0.type.tensorType.shape.dim.first?.dimParam }).subtracting([""])
  }

  /// Name and type of each input, with `batch` for open first extents.
  func types(batch: Int) throws -> [(name: String, type: TensorType)] {
    guard batch > 0 else {
      throw LeptonError(.usage, "a batch of \(batch) examples", fix: "give 1 or more")
    }
    let symbols = batchSymbols
    return try inputs.map { input in
      do {
        guard case .tensorType(let tensor)? = input.type.value else {
          throw LeptonError(.badInput, "it is not a tensor")
        }
        let type = try ElementType(code: tensor.elemType)
        let fed = feeds[input.name]?.shape
        if let fed, !tensor.hasShape { return (input.name, TensorType(type.dtype, fed)) }
        let dims = try tensor.shape.dim.enumerated().map { axis, dim in
          if let fed, fed.rank == tensor.shape.dim.count, dim.isOpen(extents) {
            return Int64(fed[axis])
          }
          return try extent(
            dim, batch: batch, isBatch: axis == 0 || symbols.contains(dim.dimParam), axis)
        }
        return (input.name, TensorType(type.dtype, try Shape(checking: dims, of: type.dtype)))
      } catch let error as LeptonError {
        throw error.within("input '\(input.name)'")
      }
    }
  }

  private func extent(
    _ dim: ONNXTensorShapeProto.Dimension, batch: Int, isBatch: Bool, _ axis: Int
  ) throws -> Int64 {
    if !dim.isOpen(extents) { return extents[dim.dimParam].map(Int64.init) ?? dim.dimValue }
    if isBatch { return Int64(batch) }
    let symbol = dim.dimParam
    throw LeptonError(
      .badInput, "the extent of axis \(axis) is open" + (symbol.isEmpty ? "" : ": '\(symbol)'"),
      fix: symbol.isEmpty
        ? "export the model with a fixed one" : "say what it is: extents: [\"\(symbol)\": 224]")
  }
}

extension ONNXTensorShapeProto.Dimension {
  /// Whether the extent is known only when the model runs.
  fileprivate func isOpen(_ extents: [String: Int]) -> Bool {
    switch value {
    case .dimValue(let extent): extent <= 0
    case .dimParam(let symbol): extents[symbol] == nil
    case nil: true
    }
  }
}
