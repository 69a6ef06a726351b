import Foundation
import LeptonGraph
import LeptonONNX
import LeptonValues

/// A file in the making: what tests bend until it must not be accepted.
extension ONNXModelProto {
  /// `y = Add(x, w)` over `f32[batch, 3]`, with whatever `change` makes of it.
  static func fixture(_ change: (inout ONNXModelProto) -> Void = { _ in }) -> ONNXModelProto {
    var model = ONNXModelProto()
    model.irVersion = 10
    var opset = ONNXOperatorSetIdProto()
    opset.version = 21
    model.opsetImport = [opset]
    model.graph.name = "fixture"
    model.graph.input = [.tensor("x", dims: ["batch", "3"])]
    model.graph.output = [.tensor("y", dims: ["batch", "3"])]
    model.graph.initializer = [
      ONNXTensorProto(TensorData([1, 2, 3] as [Float], shape: [3]), name: "w")
    ]
    model.graph.node = [.make("Add", ["x", "w"], ["y"])]
    change(&model)
    return model
  }

  func imported(batch: Int = 1) throws -> Model {
    try ONNXImporter(batch: batch).model(from: serialized(), named: "fixture.onnx")
  }
}

extension ONNXValueInfoProto {
  /// A port whose extents are numbers, or symbols where they are not.
  static func tensor(_ name: String, dims: [String], elements: Int32 = 1) -> ONNXValueInfoProto {
    var info = ONNXValueInfoProto()
    info.name = name
    info.type.tensorType.elemType = elements
    info.type.tensorType.shape.dim = dims.map { text in
      var dim = ONNXTensorShapeProto.Dimension()
      if let extent = Int64(text) { dim.dimValue = extent } else { dim.dimParam = text }
      return dim
    }
    return info
  }
}

extension ONNXNodeProto {
  static func make(
    _ opType: String, _ inputs: [String], _ outputs: [String],
    _ attributes: [String: ONNXAttribute] = [:]
  ) -> ONNXNodeProto {
    var node = ONNXNodeProto()
    node.opType = opType
    node.name = "\(opType)_\(outputs.first ?? "")"
    node.input = inputs
    node.output = outputs
    node.attribute = attributes.map { ONNXAttributeProto($0.key, $0.value) }
    return node
  }
}

extension ONNXTensorProto {
  static func integers(_ values: [Int64], _ name: String) -> ONNXTensorProto {
    ONNXTensorProto(TensorData(values, shape: [values.count]), name: name)
  }
}

extension Model {
  /// Runs the graph with the reference kernels, weights in place.
  func evaluate(_ inputs: [String: TensorData]) throws -> [TensorData] {
    try graph.evaluate(graph.inputs.compactMap { weights[$0.name] ?? inputs[$0.name] })
  }
}
