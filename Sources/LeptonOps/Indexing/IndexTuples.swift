package import LeptonGraph
package import LeptonValues

/// The blocks of a tensor that tuples of indices name, as in ONNX's GatherND and ScatterND.
///
/// The last axis of the indices holds the tuples. The first `batchDims` axes of tensor and indices
/// correspond; a tuple indexes the axes behind them, and what is left of the tensor is a block.
package struct IndexTuples {
  /// `[batch..., tuples...]`, the shape of the indices without their last axis.
  package let outer: Shape
  /// The shape of one block.
  package let block: Shape
  /// The extents that a tuple indexes.
  private let indexed: [Int]
  /// How many tuples there are for one batch, and elements of the tensor.
  private let tuplesPerBatch: Int
  private let elementsPerBatch: Int

  package init(
    _ data: TensorType, indices: TensorType, batchDims: Int, of op: some Op
  ) throws {
    guard indices.dtype == .i64 else {
      throw LeptonError(
        .badInput, "\(op.name): the indices are \(indices.dtype)", fix: "cast them to i64")
    }
    let rank = data.shape.rank
    guard let length = indices.shape.extents.last, batchDims >= 0,
      batchDims < indices.shape.rank, length >= 1, batchDims + length <= rank,
      data.shape.prefix(batchDims).elementsEqual(indices.shape.prefix(batchDims))
    else {
      throw LeptonError(
        .badInput,
        "\(op.name): indices \(indices.shape) do not name blocks of \(data.shape) behind "
          + "\(batchDims) batch axes",
        fix: "the last axis holds tuples of 1 to \(max(rank - batchDims, 1)) indices")
    }
    outer = Shape(Array(indices.shape.dropLast()))
    block = Shape(Array(data.shape.dropFirst(batchDims + length)))
    indexed = Array(data.shape[batchDims..<batchDims + length])
    tuplesPerBatch = outer.dropFirst(batchDims).reduce(1, *)
    elementsPerBatch = data.shape.dropFirst(batchDims).reduce(1, *)
  }

  /// The position in the tensor of the first element of each tuple's block. Negative indices count
  /// from the end. Throws where one is outside.
  package func positions(_ indices: TensorData, of op: some Op) throws -> [Int] {
    let numbers = indices.ints
    let blockCount = block.elementCount
    return try (0..<outer.elementCount).map { tuple in
      var position = 0
      for (axis, extent) in indexed.enumerated() {
        let number = numbers[tuple * indexed.count + axis]
        let index = number < 0 ? number + extent : number
        guard (0..<extent).contains(index) else {
          throw LeptonError(
            .badInput, "\(op.name): index \(number) is outside of \(extent) entries",
            fix: "indices are \(-extent) to \(extent - 1)")
        }
        position = position * extent + index
      }
      return tuple / tuplesPerBatch * elementsPerBatch + position * blockCount
    }
  }
}
