extension GraphReader {
  /// Whether every node is read as the same operations whatever the extents of its operands: then the graph stands for any
  /// number of examples, as the file does. Others are read for several numbers to find out.
  var isIndifferentToExtents: Bool {
    nodes.allSatisfy { node in
      // The places of maxima count over all examples.
      node.isStandard && Self.indifferent.contains(node.opType)
        && (node.opType != "MaxPool" || node.output.count == 1)
    }
  }

  private static let indifferent: Set<String> = [
    "Abs", "Add", "AveragePool", "BatchNormalization", "Ceil", "Clip", "Concat", "Conv", "Cos",
    "DequantizeLinear", "Div", "Dropout", "Elu", "Erf", "Exp", "Flatten", "Floor", "Gelu", "Gemm",
    "GlobalAveragePool", "GlobalMaxPool", "HardSigmoid", "HardSwish", "Identity", "LeakyRelu",
    "Log",
    "MatMul", "MaxPool", "Mul", "Neg", "PRelu", "QLinearConv", "QuantizeLinear", "Reciprocal",
    "Relu",
    "Selu", "Sigmoid", "Sin", "Softplus", "Softsign", "Sqrt", "Sub", "Tanh", "Transpose",
  ]
}
