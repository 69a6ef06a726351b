import Foundation
import Lepton
import LeptonData
import LeptonGraph
import LeptonOps
import LeptonServing
import LeptonValues
import Testing

/// A model `f32[N, 2] -> f32[N, 2]` that answers its input doubled.
func doubling() throws -> Model {
  var b = GraphBuilder(name: "double")
  let x = b.input("x", TensorType(.f32, [1, 2]))
  b.output("y", try b.add(one: Add(), x, x))
  var model = Model(graph: b.graph, weights: [:])
  model.facts.name = "double"
  model.facts.task = "regression"
  model.facts.preprocessing[TableSchema.factsKey] =
    TableSchema(numeric: ["a", "b"], classes: []).json
  return model
}

@Suite("Requests for inference")
struct InferRequestTests {
  private func signature() throws -> ModelSignature {
    ModelSignature(name: "double", try doubling().graph, isBatched: true)
  }

  private func read(_ text: String, _ tail: [UInt8] = [], jsonCount: Int? = nil) throws
    -> InferRequest
  {
    try InferRequest(Array(text.utf8) + tail, jsonCount: jsonCount, for: signature())
  }

  private func input(
    _ shape: String = "[1,2]", datatype: String = "\"FP32\"", data: String = "[1,2]"
  ) -> String {
    #"{"inputs":[{"name":"x","shape":\#(shape),"datatype":\#(datatype),"data":\#(data)}]}"#
  }

  @Test("elements may be flat or nested, before or after their type")
  func forms() throws {
    for text in [
      input(), input(data: "[[1,2]]"), input(data: " [ [ 1 , 2.0e0 ] ] "),
      #"{"id":"7","inputs":[{"data":[1,2],"shape":[1,2],"datatype":"FP32","name":"x","more":{}}],"z":0}"#,
    ] {
      let request = try read(text)
      #expect(request.inputs[0].floats == [1, 2])
      #expect(request.rows == 1)
      #expect(request.outputs.map(\.index) == [0] && !request.outputs[0].isBinary)
    }
    #expect(try read(input("[2,2]", data: "[[1,2],[3,4]]")).inputs[0].floats == [1, 2, 3, 4])
  }

  @Test(
    "a wrong shape is refused, whatever its product",
    arguments: [
      "[16,1152921504606846978]", "[4,1152921504606846978]", "[2,-5]", "[0]", "[0,2]", "[1.5,2]",
      "[2]", "[]", "null", "\"2\"", "[true,2]", "[1,2,1]", "[9223372036854775807,2]",
      "[4611686018427387904,2]", "[1e0,2]", "[-1,2]",
      "[" + repeatElement("1", count: 100).joined(separator: ",") + "]",
    ])
  func shapes(_ shape: String) {
    #expect(throws: Refusal.self) { _ = try read(input(shape)) }
  }

  @Test(
    "wrong elements are refused by the name of their tensor",
    arguments: [
      "[1]", "[1,2,3]", "[]", "[1,\"2\"]", "[1,true]", "[1,null]", "[1,NaN]", "[1,1e400]",
      "[1,1e39]",
      "[[1],[2]]", "[[1,2],[3]]", "[[[1,2]]]", "[1,[2]]", "3", "{}", "[[1,2]", "[1 2]",
    ])
  func elements(_ data: String) {
    let refusal = #expect(throws: Refusal.self) { _ = try read(input(data: data)) }
    #expect(refusal?.status == 400)
  }

  @Test(
    "what is missing, unknown or twice is refused",
    arguments: [
      "{}", "[]", #"{"inputs":[]}"#, #"{"inputs":{}}"#, #"{"inputs":[{}]}"#,
      #"{"inputs":[{"name":"q","shape":[1,2],"datatype":"FP32","data":[1,2]}]}"#,
      #"{"inputs":[{"name":"x","datatype":"FP32","data":[1,2]}]}"#,
      #"{"inputs":[{"name":"x","shape":[1,2],"data":[1,2]}]}"#,
      #"{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32"}]}"#,
      #"{"inputs":[{"name":"x","shape":[1,2],"datatype":"INT32","data":[1,2]}]}"#,
      #"{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]},{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}]}"#,
      #"{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}],"outputs":[{"name":"q"}]}"#,
      #"{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}],"outputs":[{"name":"y"},{"name":"y"}]}"#,
      #"{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}],"parameters":{"timeout":-1}}"#,
      #"{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","parameters":{"shared_memory_region":"a"}}]}"#,
    ])
  func structure(_ text: String) {
    let refusal = #expect(throws: Refusal.self) { _ = try read(text) }
    #expect(refusal?.status == 400)
  }

  // MARK: Binary

  private func binary(_ size: String, shape: String = "[1,2]") -> String {
    #"{"inputs":[{"name":"x","shape":\#(shape),"datatype":"FP32","parameters":{"binary_data_size":\#(size)}}]}"#
  }

  private var raw: [UInt8] {
    [1, 2].flatMap { withUnsafeBytes(of: Float($0).bitPattern.littleEndian, Array.init) }
  }

  @Test("binary elements follow the JSON")
  func binaryElements() throws {
    let text = binary("8")
    let request = try read(text, raw, jsonCount: text.utf8.count)
    #expect(request.inputs[0].floats == [1, 2])
  }

  @Test(
    "a binary size that is not the shape's is refused",
    arguments: ["4", "16", "0", "-8", "8.5", "\"8\"", "9223372036854775807", "null"])
  func binarySizes(_ size: String) {
    let text = binary(size)
    #expect(throws: Refusal.self) { _ = try read(text, raw, jsonCount: text.utf8.count) }
  }

  @Test("bytes too few, too many or not announced are refused")
  func binaryBytes() {
    let text = binary("8")
    let count = text.utf8.count
    #expect(throws: Refusal.self) { _ = try read(text, Array(raw.dropLast()), jsonCount: count) }
    #expect(throws: Refusal.self) { _ = try read(text, raw + [0], jsonCount: count) }
    #expect(throws: Refusal.self) { _ = try read(text, raw) }
    #expect(throws: Refusal.self) { _ = try read(text, raw, jsonCount: count - 1) }
    #expect(throws: Refusal.self) { _ = try read(text, raw, jsonCount: count + 1) }
    #expect(throws: Refusal.self) { _ = try read(text, raw, jsonCount: 99_999_999_999) }
    #expect(throws: Refusal.self) { _ = try read(text, raw, jsonCount: 0) }
  }

  // MARK: Answers

  @Test("an answer says what was asked, in the form that was asked for")
  func answer() throws {
    let model = try signature()
    let output = TensorData([1.5 as Float, -2], shape: [1, 2])
    let plain = try InferResponse(
      read(#"{"id":"a\"b","inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}]}"#),
      [output], of: model)
    #expect(
      String(decoding: plain.body, as: UTF8.self)
        == #"{"model_name":"double","model_version":"1","id":"a\"b","outputs":[{"name":"y","datatype":"FP32","shape":[1,2],"data":[1.5,-2.0]}]}"#
    )
    #expect(plain.jsonCount == nil)

    let request = try read(
      #"{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}],"parameters":{"binary_data_output":true}}"#
    )
    let binary = InferResponse(request, [output], of: model)
    let count = try #require(binary.jsonCount)
    #expect(binary.body.count == count + 8)
    #expect(
      String(decoding: binary.body[..<count], as: UTF8.self).contains(
        #""parameters":{"binary_data_size":8}"#))
  }

  @Test("values without a form in JSON are null")
  func notFinite() throws {
    let output = TensorData([Float.nan, .infinity], shape: [1, 2])
    let plain = try InferResponse(read(input()), [output], of: signature())
    #expect(String(decoding: plain.body, as: UTF8.self).contains(#""data":[null,null]"#))
  }
}
