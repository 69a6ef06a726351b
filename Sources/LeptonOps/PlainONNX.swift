public import LeptonGraph
import LeptonValues

/// The reader of an ONNX op type that has no attributes and takes the operands of `op` as they are.
public func plainONNXReader(_ opType: String, _ op: some Op) -> [String: ONNXReader] {
  [
    opType: { node, context in
      let operands = try node.inputs.indices.map { try node.input($0) }
      return try context.builder.add(op, operands)
    }
  ]
}
