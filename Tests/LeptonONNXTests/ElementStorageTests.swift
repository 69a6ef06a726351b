import Foundation
import LeptonGraph
import LeptonONNX
import LeptonValues
import Testing

/// How files store elements of each type.
@Suite("Stored elements")
struct ElementStorageTests {
  /// `y = Cast(w)` of a stored tensor.
  func read(_ tensor: ONNXTensorProto) throws -> [Double] {
    let file = ONNXModelProto.fixture { model in
      var tensor = tensor
      tensor.name = "w"
      model.graph.initializer = [tensor]
      model.graph.node = [
        .make("Cast", ["w"], ["v"], ["to": .int(11)]),
        .make("Cast", ["x"], ["u"], ["to": .int(11)]), .make("Add", ["u", "v"], ["y"]),
      ]
      model.graph.input = [.tensor("x", dims: ["1"])]
    }
    return try file.imported().evaluate(["x": TensorData([0] as [Float], shape: [1])])[0].doubles
  }

  @Test("raw elements come back as they were", arguments: DType.allCases)
  func raw(_ dtype: DType) throws {
    let numbers: [Double] = dtype == .f8e8m0 ? [1, 2, 4, 0.5, 1] : [1, 0, 1, 1, 0]
    let data = TensorData(numbers, as: TensorType(dtype, [5]))
    let tensor = ONNXTensorProto(data, name: "w")
    #expect(tensor.rawData.count == (5 * dtype.bitCount + 7) / 8)
    #expect(try read(tensor) == numbers)
  }

  @Test("signs of narrow integers are kept, two or four to a byte")
  func packed() throws {
    let data = TensorData([-8, 7, -1, 3, -2], as: TensorType(.i4, [5]))
    let tensor = ONNXTensorProto(data, name: "w")
    #expect(Array(tensor.rawData) == [0x78, 0x3F, 0x0E])
    #expect(try read(tensor) == [-8, 7, -1, 3, -2])
  }

  @Test("the typed fields hold patterns")
  func typed() throws {
    var half = ONNXTensorProto()
    half.dataType = 10
    half.dims = [2]
    half.int32Data = [0x3C00, 0xC000]
    #expect(try read(half) == [1, -2])
    var wide = ONNXTensorProto()
    wide.dataType = 13
    wide.dims = [1]
    wide.uint64Data = [1 << 40]
    #expect(try read(wide) == [0x1p40])
    var packed = ONNXTensorProto()
    packed.dataType = 21
    packed.dims = [3]
    packed.int32Data = [0x21, 0x0F]
    #expect(try read(packed) == [1, 2, 15])
  }

  @Test("too few bytes are refused")
  func short() {
    var tensor = ONNXTensorProto(
      TensorData([1, 2, 3], as: TensorType(.u4, [3])), name: "w")
    tensor.rawData.removeLast()
    #expect(throws: LeptonError.self) { try read(tensor) }
  }
}
