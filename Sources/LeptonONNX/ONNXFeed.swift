import LeptonGraph
public import LeptonValues

/// What an input of a file is fed with: a tensor, several in a row, or nothing where the file allows that.
public indirect enum ONNXFeed: Sendable, Hashable {
  case tensor(TensorData)
  case sequence([ONNXFeed])
  case absent

  /// The tensors with the names of the graph's inputs that they are for: `x`, or `x/0`, `x/1`, ... for a sequence.
  public func tensors(named name: String) -> [(name: String, data: TensorData)] {
    switch self {
    case .tensor(let data): [(name, data)]
    case .sequence(let parts):
      parts.enumerated().flatMap { $0.element.tensors(named: "\(name)/\($0.offset)") }
    case .absent: []
    }
  }
}

/// What a name stands for while a file is read. Sequences and optional values exist only then: their lengths are known, and
/// the graph holds their tensors.
indirect enum ONNXValue {
  case tensor(Value)
  case sequence([ONNXValue])
  case absent
}

/// What an input is before it has elements.
indirect enum ONNXInput {
  case tensor(TensorType)
  case sequence([ONNXInput])
  case absent
}
