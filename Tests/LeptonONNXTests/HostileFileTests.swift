import Foundation
import LeptonGraph
import LeptonONNX
import LeptonValues
import Testing

/// Whatever a file holds, the importer answers with a model or with an error that says where.
struct HostileFileTests {
  struct Case: CustomTestStringConvertible, Sendable {
    var testDescription: String
    /// What the error must say.
    var says: String
    var file: ONNXModelProto

    init(_ name: String, says: String, _ change: (inout ONNXModelProto) -> Void) {
      testDescription = name
      self.says = says
      file = .fixture(change)
    }
  }

  @Test("a damaged file is refused with its place", arguments: cases)
  func refused(damage: Case) throws {
    let error = try #require(throws: LeptonError.self) { try damage.file.imported() }
    #expect(error.kind == .badInput)
    #expect(error.place.hasPrefix("fixture.onnx"))
    #expect(error.description.contains(damage.says), "\(error)")
  }

  static let cases: [Case] = [
    Case("no graph", says: "holds no graph") { $0.clearGraph() },
    Case("IR version 99", says: "IR version 99") { $0.irVersion = 99 },
    Case("opset 99", says: "opset 99") { $0.opsetImport[0].version = 99 },
    Case("no opset", says: "which opset") { $0.opsetImport = [] },
    Case("no outputs", says: "no outputs") { $0.graph.output = [] },
    Case("an output that nothing makes", says: "'z'") {
      $0.graph.output = [.tensor("z", dims: [])]
    },
    Case("a node that reads what nothing makes", says: "did you mean 'w'?") {
      $0.graph.node[0].input = ["x", "W"]
    },
    Case("a node with too few operands", says: "Add") { $0.graph.node[0].input = ["x"] },
    Case("a node without operands", says: "Add") { $0.graph.node[0].input = [] },
    Case("a cycle", says: "its own result") {
      $0.graph.node = [.make("Add", ["x", "b"], ["a"]), .make("Add", ["a", "w"], ["b"])]
      $0.graph.output = [.tensor("b", dims: [])]
    },
    Case("a value that is made twice", says: "made twice") {
      $0.graph.node.append(.make("Add", ["x", "w"], ["y"]))
    },
    Case("two initializers of one name", says: "two initializers") {
      $0.graph.initializer.append($0.graph.initializer[0])
    },
    Case("an unknown operator", says: "Relu") { $0.graph.node[0].opType = "Relv" },
    Case("another domain", says: "com.example") { $0.graph.node[0].domain = "com.example" },
    Case("extents that do not fit", says: "broadcast") {
      $0.graph.input = [.tensor("x", dims: ["batch", "4"])]
    },
    Case("elements cut short", says: "tensor 'w'") { $0.graph.initializer[0].rawData.removeLast() },
    Case("more elements than extents", says: "tensor 'w'") { $0.graph.initializer[0].dims = [2] },
    Case("a negative extent", says: "tensor 'w'") { $0.graph.initializer[0].dims = [-3] },
    Case("extents whose product overflows", says: "tensor 'w'") {
      $0.graph.initializer[0].dims = [.max, .max, 3]
    },
    Case("an axis resized beyond reason", says: "3080193") {
      let sizes = TensorData([1, 3_080_193] as [Int64], shape: [2])
      $0.graph.initializer.append(ONNXTensorProto(sizes, name: "sizes"))
      $0.graph.node[0] = .make("Resize", ["x", "", "", "sizes"], ["y"])
    },
    Case("blocks of a weight without an integer", says: "DequantizeLinear") {
      $0.graph.node[0] = .make("DequantizeLinear", ["w"], ["y"])
    },
    Case("an unknown element type", says: "type 77") { $0.graph.initializer[0].dataType = 77 },
    Case("strings", says: "strings") { $0.graph.initializer[0].dataType = 8 },
    Case("external data without a name", says: "not named") {
      $0.graph.initializer[0].dataLocation = .external
    },
    Case("external data of a model in memory", says: "no folder") {
      $0.graph.initializer[0].dataLocation = .external
      var entry = ONNXStringStringEntryProto()
      entry.key = "location"
      entry.value = "weights"
      $0.graph.initializer[0].externalData = [entry]
    },
    Case("an input that is no tensor", says: "not a tensor") { $0.graph.input[0].clearType() },
    Case("an open extent beside the batch", says: "'width'") {
      $0.graph.input = [.tensor("x", dims: ["batch", "width"])]
    },
    Case("inputs with as many elements as memory never has", says: "input 'x'") {
      $0.graph.input = [.tensor("x", dims: ["batch", "\(Int64.max)"])]
    },
    Case("an attribute without a type", says: "'axis'") {
      var attribute = ONNXAttributeProto()
      attribute.name = "axis"
      $0.graph.node[0].attribute = [attribute]
    },
    Case("damaged facts", says: "lepton.facts") {
      var entry = ONNXStringStringEntryProto()
      entry.key = "lepton.facts"
      entry.value = "{"
      $0.metadataProps = [entry]
    },
    Case("a reshape to more than memory has", says: "Reshape") {
      $0.graph.initializer.append(.integers([1 << 40, 1 << 40], "s"))
      $0.graph.node = [.make("Reshape", ["x", "s"], ["y"])]
    },
    Case("a constant of more than memory has", says: "ConstantOfShape") {
      $0.graph.initializer.append(.integers([1 << 40, 1 << 40], "s"))
      $0.graph.node = [.make("ConstantOfShape", ["s"], ["y"])]
    },
    Case("a negative extent of a constant", says: "ConstantOfShape") {
      $0.graph.initializer.append(.integers([-5], "s"))
      $0.graph.node = [.make("ConstantOfShape", ["s"], ["y"])]
    },
    Case("a broadcast to more than memory has", says: "Expand") {
      $0.graph.initializer.append(.integers([1 << 40, 1 << 40, 1, 3], "s"))
      $0.graph.node = [.make("Expand", ["x", "s"], ["y"])]
    },
    Case("a transposition by no permutation", says: "Transpose") {
      $0.graph.node = [.make("Transpose", ["x"], ["y"], ["perm": .ints([7, -7])])]
    },
    Case("a convolution with strides of 0", says: "Conv") {
      $0.graph.input = [.tensor("x", dims: ["batch", "1", "4", "4"])]
      $0.graph.initializer = [
        ONNXTensorProto(TensorData(zeros: TensorType(.f32, [1, 1, 3, 3])), name: "w")
      ]
      $0.graph.node = [.make("Conv", ["x", "w"], ["y"], ["strides": .ints([0, 0])])]
    },
    Case("a pool with a kernel of 0", says: "MaxPool") {
      $0.graph.input = [.tensor("x", dims: ["batch", "1", "4", "4"])]
      $0.graph.node = [.make("MaxPool", ["x"], ["y"], ["kernel_shape": .ints([0, 0])])]
    },
  ]

  @Test("a file that ends early is refused, wherever it ends")
  func cutShort() throws {
    let whole = try ONNXModelProto.fixture().serialized()
    for count in 0..<whole.count {
      // A cut between two fields leaves a shorter file, which may lack nothing that is needed.
      if let model = try? ONNXImporter().model(from: whole.prefix(count)) {
        try model.verify()
      }
    }
    #expect(throws: LeptonError.self) { try ONNXImporter().model(from: whole.prefix(40)) }
  }

  @Test("a file of noise is refused")
  func noise() {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<200 {
      let bytes = Data((0..<64).map { _ in UInt8.random(in: 0...255, using: &generator) })
      #expect(throws: LeptonError.self) { try ONNXImporter().model(from: bytes) }
    }
  }

  @Test("a file that does not exist is an input/output error")
  func missing() throws {
    let error = try #require(throws: LeptonError.self) {
      try Model(onnx: URL(fileURLWithPath: "/nowhere/model.onnx"))
    }
    #expect(error.kind == .io)
  }
}
