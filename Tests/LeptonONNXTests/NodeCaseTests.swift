import Foundation
import LeptonGraph
import LeptonONNX
import LeptonRuntime
import LeptonValues
import Testing

/// The runner of ONNX's node cases.
@Suite("A node case")
struct NodeCaseTests {
  /// A folder with one case, `y = x + w`, which must make `expected`.
  func outcome(
    _ expected: TensorData, _ change: (inout ONNXModelProto) -> Void = { _ in }
  ) throws -> NodeCaseOutcome {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    let data = folder.appendingPathComponent("case/test_data_set_0")
    try FileManager.default.createDirectory(at: data, withIntermediateDirectories: true)
    let model = ONNXModelProto.fixture(change)
    try model.serialized().write(to: folder.appendingPathComponent("case/model.onnx"))
    let x = TensorData([1, 2, 3] as [Float], shape: [1, 3])
    for (name, value) in [("input_0", x), ("output_0", expected)] {
      try ONNXTensorProto(value, name: name).serialized().write(
        to: data.appendingPathComponent("\(name).pb"))
    }
    let cases = try NodeCase.all(in: folder)
    #expect(cases.map(\.name) == ["case"])
    return cases[0].run(on: ReferenceBackend())
  }

  @Test("passes where the answer is the expected one, roundings aside")
  func passes() throws {
    let expected = TensorData([2, 4.001, 6] as [Float], shape: [1, 3])
    #expect(try outcome(expected) == .passed)
  }

  @Test("fails with the first difference where it is another, or of another type or shape")
  func fails() throws {
    let other = TensorData([2, 5, 7] as [Float], shape: [1, 3])
    #expect(
      try outcome(other)
        == .failed("output 'y': 2 of 3 elements differ, first at 1: 4.0 instead of 5.0"))
    let flat = TensorData([2, 4, 6] as [Float], shape: [3])
    #expect(try outcome(flat) == .failed("output 'y': f32[1, 3] instead of f32[3]"))
  }

  @Test("is unsupported where the model is refused, with the reason")
  func unsupported() throws {
    let expected = TensorData([2, 4, 6] as [Float], shape: [1, 3])
    let outcome = try outcome(expected) { $0.graph.node[0].opType = "StringConcat" }
    guard case .unsupported(let reason) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(reason.contains("operator StringConcat is not supported"))
  }

  @Test("a folder without cases is refused")
  func empty() throws {
    #expect(throws: LeptonError.self) {
      try NodeCase.all(in: FileManager.default.temporaryDirectory.appendingPathComponent("no-such"))
    }
  }

  @Test("NaN agrees with NaN, whole numbers must be equal in all digits")
  func agreement() {
    let nan = TensorData([Float.nan, .infinity], shape: [2])
    #expect(Agreement().difference(nan, nan) == nil)
    let a = TensorData([Int64.max], shape: [1])
    let b = TensorData([Int64.max - 1], shape: [1])
    #expect(Agreement().difference(a, b) != nil)
  }
}
