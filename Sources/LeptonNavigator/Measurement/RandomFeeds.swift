import LeptonData
package import LeptonGraph
package import LeptonValues

/// Random tensors for the data inputs of a graph; the same for the same seed.
package struct RandomFeeds {
  private var generator: SeededGenerator

  package init(seed: UInt64 = 0) { generator = SeededGenerator(seed: seed) }

  /// Normal numbers; bytes of images; 0 and 1 for other integers, which index any table.
  package mutating func tensor(_ type: TensorType) -> TensorData {
    let count = type.shape.elementCount
    if type.dtype == .f32 {
      return TensorData((0..<count).map { _ in generator.normal() }, shape: type.shape)
    }
    let values = (0..<count).map { _ -> Double in
      switch type.dtype {
      case .u8: Double(generator.below(256))
      case .i8: Double(generator.below(256) - 128)
      default:
        type.dtype.isInteger || type.dtype == .bool
          ? Double(generator.below(2)) : Double(generator.normal())
      }
    }
    return TensorData(values, as: type)
  }

  /// Whole numbers from 0, such as those of classes or tokens.
  package mutating func numbers(_ type: TensorType, below bound: Int) -> TensorData {
    TensorData(
      (0..<type.shape.elementCount).map { _ in Double(generator.below(bound)) }, as: type)
  }

  /// One for each data input of a graph.
  package mutating func feeds(for graph: Graph) -> [TensorData] {
    graph.dataInputs.map { tensor(graph.type(of: $0.value)) }
  }
}
