import LeptonCPU
import LeptonCompiler
import LeptonGraph
import LeptonONNX
import LeptonValues

/// A file of one node: `x` is fed, the other operands are initializers.
struct OneNode {
  var opType: String
  var x: TensorData
  var operands: [TensorData?] = []
  var attributes: [String: ONNXAttribute] = [:]
  var outputs = 1
  var opset: Int64 = 21
  var domain = ""

  /// Floating-point numbers under a shape.
  static func floats(_ numbers: [Float], _ shape: Shape) -> TensorData {
    TensorData(numbers, shape: shape)
  }

  /// Whole numbers with one axis.
  static func ints(_ numbers: Int64...) -> TensorData {
    TensorData(numbers, shape: [numbers.count])
  }

  /// 0, 1, 2, ... under a shape.
  static func iota(_ shape: Shape) -> TensorData {
    TensorData((0..<shape.elementCount).map { Float($0) }, shape: shape)
  }

  func model() throws -> Model {
    let names = operands.indices.map { "c\($0)" }
    let results = (0..<outputs).map { "y\($0)" }
    let file = ONNXModelProto.fixture { file in
      file.opsetImport[0].version = opset
      file.graph.input = [
        .tensor("x", dims: x.shape.map { "\($0)" }, elements: Int32(elementCode(x.dtype)))
      ]
      file.graph.output = results.map { .tensor($0, dims: []) }
      file.graph.initializer = zip(names, operands).compactMap { name, data in
        data.map { ONNXTensorProto($0, name: name) }
      }
      let inputs = zip(names, operands).map { $1 == nil ? "" : $0 }
      file.graph.node = [.make(opType, ["x"] + inputs, results, attributes)]
      file.graph.node[0].domain = domain
    }
    return try file.imported()
  }

  private func elementCode(_ dtype: DType) -> Int {
    switch dtype {
    case .i64: 7
    case .i32: 6
    case .bool: 9
    case .u8: 2
    default: 1
    }
  }

  /// The results of the reference kernels, and of the CPU's plan.
  func run() throws -> (reference: [TensorData], cpu: [TensorData]) {
    let model = try model()
    let session = try Session(model, backend: CPUBackend())
    return (try model.evaluate(["x": x]), try session.run([x]))
  }
}
