import ArgumentParser
import LeptonONNX

/// In which form an ONNX file is written.
struct ONNXFileForm: ParsableArguments {
  @Option(
    help:
      "The operator set of the new ONNX file: \(ONNXExporter.opsets.lowerBound) to \(ONNXExporter.opsets.upperBound)."
  )
  var opset = ONNXExporter().opset
  @Option(
    help: ArgumentHelp(
      "How the new ONNX file holds trained weights: exact, bf16, int4 (in blocks with a scale each; opset 21).",
      valueName: "type"))
  var weightType: WeightType = .exact
  @Option(help: "Weights with one scale, for int4: a power of two from 16 to 65536.")
  var blockSize = 32

  enum WeightType: String, ExpressibleByArgument, CaseIterable {
    case exact, bf16, int4
  }

  mutating func validate() throws {
    guard ONNXExporter.opsets.contains(opset) else {
      throw ValidationError(
        "--opset is \(opset). Please provide one of \(ONNXExporter.opsets.lowerBound) to "
          + "\(ONNXExporter.opsets.upperBound).")
    }
    guard (16...65_536).contains(blockSize), blockSize.nonzeroBitCount == 1 else {
      throw ValidationError(
        "--block-size is \(blockSize). Please provide a power of two from 16 to 65536.")
    }
    guard weightType != .int4 || opset >= 21 else {
      throw ValidationError("--weight-type int4 needs --opset 21 or later. Please provide that.")
    }
  }

  /// Whether nobody asked for anything.
  var isUsual: Bool {
    opset == ONNXExporter().opset && weightType == .exact && blockSize == 32
  }

  var exporter: ONNXExporter {
    switch weightType {
    case .exact: ONNXExporter(opset: opset)
    case .bf16: ONNXExporter(opset: opset, storage: .bf16)
    case .int4: ONNXExporter(opset: opset, storage: .int4(block: blockSize))
    }
  }
}
