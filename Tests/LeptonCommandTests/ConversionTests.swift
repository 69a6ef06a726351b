import Foundation
import LeptonData
import LeptonFormats
import LeptonValues
import Testing

@Suite("Models and weights from form to form")
struct ConversionTests {
  static let tensors: [String: TensorData] = [
    "a": TensorData([1, 2, 3, 4] as [Float], shape: [2, 2]),
    "b": TensorData([5, 6] as [Int64], shape: [2]),
  ]

  @Test("Weights go through every form and come back the same, and diff says so")
  func weights() throws {
    let scratch = try Scratch()
    func run(_ arguments: String...) throws -> Tool.Outcome {
      try Tool.run(arguments + ["--json", "--quiet"], in: scratch.url)
    }
    try SafeTensors.write(
      Self.tensors, to: scratch.url.appendingPathComponent("w.safetensors").path)
    for (from, to) in [("w.safetensors", "w.npz"), ("w.npz", "w.pt"), ("w.pt", "v.safetensors")] {
      let outcome = try run("convert", from, to)
      #expect(outcome.code == 0 && outcome.json?["tensors"] as? Int == 2, "\(outcome.errors)")
    }
    #expect(
      try SafeTensors.read(scratch.url.appendingPathComponent("v.safetensors").path) == Self.tensors
    )
    #expect(try run("diff", "w.safetensors", "w.npz").code == 0)
    #expect((try run("inspect", "w.pt").json?["tensors"] as? [Any])?.count == 2)

    var changed = Self.tensors
    changed["a"] = TensorData([1, 2, 3, 4.5] as [Float], shape: [2, 2])
    try SafeTensors.write(changed, to: scratch.url.appendingPathComponent("c.safetensors").path)
    let difference = try run("diff", "w.safetensors", "c.safetensors")
    #expect(difference.code == 1 && difference.json?["differ"] as? Bool == true)
    let rows = try #require(difference.json?["weights"] as? [[String: Any]])
    #expect(rows.first?["name"] as? String == "a" && rows.first?["largest"] as? Double == 0.5)
    #expect(try run("diff", "w.safetensors", "c.safetensors", "--tolerance", "0.2").code == 0)
  }

  @Test("A model is drawn, written for TensorFlow Lite, and filled with weights of a file")
  func models() throws {
    let scratch = try Scratch()
    func run(_ arguments: String...) throws -> Tool.Outcome {
      try Tool.run(arguments + ["--json", "--quiet"], in: scratch.url)
    }
    let recipe = """
      data: {spec: digits, limit: 200}
      model: {architecture: cnn}
      training: {epochs: 1, batch: 50}
      """
    try Data(recipe.utf8).write(to: scratch.url.appendingPathComponent("r.yml"))
    let trained = try run("train", "r.yml", "--output", "out")
    let model = try #require(trained.json?["artifact"] as? String, "\(trained.errors)")

    #expect(try run("inspect", model, "--svg", "m.svg").code == 0)
    let svg = try String(contentsOf: scratch.url.appendingPathComponent("m.svg"), encoding: .utf8)
    #expect(svg.hasPrefix("<svg") && svg.contains("conv2d") && !svg.contains("<script"))

    let written = try run("convert", model, "m.tflite")
    #expect(written.code == 0, "\(written.errors)")
    #expect(try #require(written.json?["largest_difference"] as? Double) < 1e-4)
    #expect(try run("inspect", "m.tflite").code == 0)

    #expect(try run("convert", model, "w.safetensors").code == 0)
    #expect(try run("convert", "--weights", "w.safetensors", model, "again.onnx").code == 0)
    #expect(try run("diff", model, "again.onnx").code == 0)
    let wrong = try Tool.run(
      ["convert", "--weights", "m.npz", model, "x.onnx"], in: scratch.url)
    #expect(wrong.code == 5)
    try SafeTensors.write(
      Self.tensors, to: scratch.url.appendingPathComponent("o.safetensors").path)
    let other = try Tool.run(
      ["convert", "--weights", "o.safetensors", model, "x.onnx"], in: scratch.url)
    #expect(other.code == 3 && other.errors.contains("not in the model: a, b"))
    #expect(
      !FileManager.default.fileExists(atPath: scratch.url.appendingPathComponent("x.onnx").path))
  }

  @Test("What cannot be is refused with its exit code, and leaves nothing behind")
  func refusals() throws {
    let scratch = try Scratch()
    func code(_ arguments: String...) throws -> Int32 {
      try Tool.run(arguments, in: scratch.url).code
    }
    try Data("no model".utf8).write(to: scratch.url.appendingPathComponent("x.onnx"))
    try SafeTensors.write(
      Self.tensors, to: scratch.url.appendingPathComponent("w.safetensors").path)
    #expect(try code("convert", "x.onnx", "y.onnx") == 3)
    #expect(try code("convert", "w.safetensors", "y.onnx") == 2)
    #expect(try code("convert", "w.safetensors", "y.unknown") == 2)
    #expect(try code("convert", "missing.pt", "y.npz") == 5)
    #expect(try code("convert", "w.safetensors", "no/such/folder/y.npz") == 5)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: scratch.url.path).sorted()
        == ["w.safetensors", "x.onnx"])
  }
}
