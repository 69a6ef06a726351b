public import LeptonGraph
import LeptonOps
import LeptonValues

/// How trained weights lie in a file.
public enum WeightStorage: Sendable, Hashable {
  /// In the type that the graph computes with.
  case exact
  /// Single precision rounded to two bytes, and widened when the model loads.
  case bf16
  /// Weights of dense and recurrent layers and embeddings in four bits, with a scale for each block of so many of them
  /// that are summed together; everything else exact, as no runtime takes convolutions so. Opset 21 and later.
  case int4(block: Int)

  /// The model whose weights are those that a file in this form holds.
  public func rounding(_ model: Model) -> Model {
    var model = model
    for port in model.graph.parameters {
      guard let data = model.weights[port.name] else { continue }
      model.weights[port.name] = stored(data, port, in: model.graph).values
    }
    return model
  }

  /// The element types of stored weights, where they are not the graph's own.
  var dtypes: [DType] {
    switch self {
    case .exact: []
    case .bf16: [.bf16]
    case .int4: [.i4]
    }
  }

  func stored(_ data: TensorData, _ port: Graph.Port, in graph: Graph) -> StoredElements {
    guard port.role == .parameter, data.dtype == .f32 else { return .exact(data) }
    switch self {
    case .exact: return .exact(data)
    case .bf16: return .bf16(data.converted(to: .bf16))
    case .int4(let length):
      guard let axis = graph.summedAxis(of: port.value), data.shape[axis] >= FourBitBlocks.fewest,
        data.floats.allSatisfy(\.isFinite)
      else { return .exact(data) }
      return .int4(FourBitBlocks(data, axis: axis, length: length))
    }
  }
}

/// The elements of one parameter as a file has them.
enum StoredElements {
  case exact(TensorData)
  case bf16(TensorData)
  case int4(FourBitBlocks)

  /// What they stand for.
  var values: TensorData {
    switch self {
    case .exact(let data): data
    case .bf16(let data): data.converted(to: .f32)
    case .int4(let blocks): blocks.values
    }
  }
}

extension Graph {
  /// The axis of the weights of a layer along which it sums; nil for what is no such weights.
  fileprivate func summedAxis(of value: Value) -> Int? {
    let rank = type(of: value).shape.rank
    guard rank >= 2 else { return nil }
    for node in nodes where node.operands.contains(value) {
      switch node.op {
      case let product as MatMul where node.operands[1] == value:
        return product.transposeB ? rank - 1 : rank - 2
      case is LSTM, is GRU, is Gather: return 1
      default: break
      }
    }
    return nil
  }
}
