extension ONNXNodeProto {
  /// The node as it stands in a model before it is lowered for training or inference: a batch normalisation by running
  /// statistics, a dropout that drops only while training. Exporters that keep training mode write what a training step does
  /// instead.
  var beforeTrainingMode: ONNXNodeProto {
    var node = self
    switch key {
    case "BatchNormalization":
      node.attribute.removeAll { $0.name == "training_mode" }
      node.output.removeLast(max(0, node.output.count - 1))
    case "Dropout":
      node.input.removeLast(max(0, node.input.count - 2))
      node.output.removeLast(max(0, node.output.count - 1))
    default: break
    }
    return node
  }
}
