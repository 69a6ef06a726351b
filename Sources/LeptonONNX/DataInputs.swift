import LeptonGraph
import LeptonOps
import LeptonValues

/// The inputs that a file wants to be fed with, whose extents may be open.
struct DataInputs {
  private let inputs: [ONNXValueInfoProto]
  private var extents: [String: Int]
  private let feeds: [String: ONNXFeed]

  /// - Parameters:
  ///   - initializers: what old files list among their inputs although they hold it.
  ///   - feeds: what inputs will be fed with, as far as that is known; open extents are theirs.
  init(
    _ graph: ONNXGraphProto, excluding initializers: [String: TensorData], extents: [String: Int],
    feeds: [String: ONNXFeed] = [:]
  ) {
    inputs = graph.input.filter { initializers[$0.name] == nil }.map(\.withNamedExtents)
    self.extents = extents
    self.feeds = feeds
  }

  /// Whether the first axes of all inputs may count examples: they are open, or all have the same extent, and nothing else
  /// has that symbol.
  var firstAxesAreAlike: Bool {
    let dims = inputs.map(\.type.tensorType.shape.dim)
    let firsts = dims.compactMap(\.first)
    let isElsewhere = dims.contains { dims in
      dims.dropFirst().contains { $0.isOpen(extents) && batchSymbols.contains($0.dimParam) }
    }
    let open = firsts.count { $0.isOpen(extents) }
    guard !firsts.isEmpty, !isElsewhere, open == 0 || open == firsts.count else { return false }
    return open > 0
      || Set(firsts.map { extents[$0.dimParam].map(Int64.init) ?? $0.dimValue }).count == 1
  }

  /// Whether the file says how many examples it takes.
  var hasFixedBatch: Bool {
    inputs.contains { $0.type.tensorType.shape.dim.first.map { !$0.isOpen(extents) } ?? false }
  }

  /// Complains of the first of these symbols that no input has.
  func requireKnown(_ symbols: [String]) throws {
    let known = Set(inputs.flatMap { $0.type.tensorType.shape.dim.map(\.dimParam) }).subtracting([
      ""
    ])
    guard let symbol = symbols.first(where: { !known.contains($0) }) else { return }
    let near = nearestSpelling(of: symbol, in: known.sorted())
    throw LeptonError(
      .usage, "no input has an extent '\(symbol)'", at: "--extent",
      fix: near.map { "did you mean '\($0)'?" }
        ?? (known.isEmpty ? "all are fixed" : "there are \(known.sorted().joined(separator: ", "))")
    )
  }

  /// Axes beside the first whose extent is open and has a name that first ones do not have: the names by input and axis.
  var openAxes: [String: [Int: String]] {
    let batchSymbols = batchSymbols
    var axes: [String: [Int: String]] = [:]
    for input in inputs {
      for (axis, dim) in input.type.tensorType.shape.dim.enumerated().dropFirst()
      where dim.isOpen(extents) && !batchSymbols.contains(dim.dimParam)
        && !["", ProbeSizes.examples].contains(dim.dimParam)
      {
        axes[input.name, default: [:]][axis] = dim.dimParam
      }
    }
    return axes
  }

  /// The same with extents for some of the symbols.
  func binding(_ sizes: [String: Int]) -> DataInputs {
    var inputs = self
    inputs.extents.merge(sizes) { given, _ in given }
    return inputs
  }

  /// The names of open first extents.
  private var batchSymbols: Set<String> {
    Set(inputs.compactMap { $0.type.tensorType.shape.dim.first?.dimParam }).subtracting([""])
  }

  /// Name and type of each input, with `batch` for open first extents.
  func types(batch: Int) throws -> [(name: String, type: ONNXInput)] {
    guard batch > 0 else {
      throw LeptonError(.usage, "a batch of \(batch) examples", fix: "give 1 or more")
    }
    return try inputs.map { input in
      do {
        return (input.name, try type(input.type, feeds[input.name], batch: batch))
      } catch let error as LeptonError {
        throw error.within("input '\(input.name)'")
      }
    }
  }

  /// Sequences and optional values are as long, or there, as the feed says.
  private func type(_ proto: ONNXTypeProto, _ feed: ONNXFeed?, batch: Int) throws -> ONNXInput {
    switch (proto.value, feed) {
    case (.tensorType(let tensor)?, nil): return .tensor(try type(tensor, nil, batch: batch))
    case (.tensorType(let tensor)?, .tensor(let data)?):
      return .tensor(try type(tensor, data.shape, batch: batch))
    case (.sequenceType(let sequence)?, .sequence(let parts)?):
      return .sequence(try parts.map { try type(sequence.elemType, $0, batch: batch) })
    case (.optionalType, .absent?): return .absent
    case (.optionalType(let optional)?, let feed?):
      return try type(optional.elemType, feed, batch: batch)
    case (.sequenceType?, nil), (.optionalType?, nil):
      throw LeptonError(
        .badInput, "it is a sequence or optional, whose length is not known",
        fix: "read the model for particular feeds: ONNXImporter.specialized(at:to:)")
    default: throw LeptonError(.badInput, "it is not a tensor, or fed with something else")
    }
  }

  private func type(
    _ tensor: ONNXTypeProto.Tensor, _ fed: Shape?, batch: Int
  ) throws -> TensorType {
    let dtype = try DType(elementCode: tensor.elemType)
    if let fed, !tensor.hasShape { return TensorType(dtype, fed) }
    let symbols = batchSymbols
    let dims = try tensor.shape.dim.enumerated().map { axis, dim in
      if let fed, fed.rank == tensor.shape.dim.count, dim.isOpen(extents) {
        return Int64(fed[axis])
      }
      return try extent(
        dim, batch: batch, isBatch: axis == 0 || symbols.contains(dim.dimParam), axis)
    }
    return TensorType(dtype, try Shape(checking: dims, of: dtype))
  }

  /// The same for a number of examples that the file may not have.
  func types(ofAny batch: Int) throws -> [(name: String, type: ONNXInput)] {
    try types(batch: batch).map { name, input in
      guard case .tensor(var type) = input, type.shape.rank > 0 else { return (name, input) }
      type.shape[0] = batch
      return (name, .tensor(type))
    }
  }

  /// How to say what all open extents are.
  var fix: String? {
    let symbols = Set(
      inputs.flatMap { $0.type.tensorType.shape.dim }.filter { $0.isOpen(extents) }
        .map(\.dimParam)
    ).subtracting([""]).sorted()
    return symbols.isEmpty
      ? nil : "say what fits: " + symbols.map { "--extent \($0)=8" }.joined(separator: " ")
  }

  /// How to say what an open extent is.
  static func fix(for symbol: String) -> String {
    "say what it is: --extent \(symbol)=128, in Swift extents: [\"\(symbol)\": 128]"
  }

  private func extent(
    _ dim: ONNXTensorShapeProto.Dimension, batch: Int, isBatch: Bool, _ axis: Int
  ) throws -> Int64 {
    if !dim.isOpen(extents) { return extents[dim.dimParam].map(Int64.init) ?? dim.dimValue }
    if isBatch { return Int64(batch) }
    let symbol = dim.dimParam
    throw LeptonError(
      .badInput, "the extent of axis \(axis) is open: '\(symbol)'", fix: Self.fix(for: symbol))
  }
}

extension ONNXValueInfoProto {
  /// The same with names for open extents that have none: `x.1` for axis 1 of `x`.
  fileprivate var withNamedExtents: Self {
    guard case .tensorType = type.value else { return self }
    var result = self
    for axis in type.tensorType.shape.dim.indices
    where type.tensorType.shape.dim[axis].isNameless {
      result.type.tensorType.shape.dim[axis].dimParam = "\(name).\(axis)"
    }
    return result
  }
}

extension ONNXTensorShapeProto.Dimension {
  fileprivate var isNameless: Bool { isOpen([:]) && dimParam.isEmpty }

  /// Whether the extent is known only when the model runs.
  fileprivate func isOpen(_ extents: [String: Int]) -> Bool {
    switch value {
    case .dimValue(let extent): extent <= 0
    case .dimParam(let symbol): extents[symbol] == nil
    case nil: true
    }
  }
}
