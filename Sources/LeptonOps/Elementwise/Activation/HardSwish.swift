public import LeptonGraph
import LeptonValues

/// `x max(0, min(1, x/6 + 1/2))` (MobileNetV3, arXiv:1905.02244).
public struct HardSwish: ElementwiseOp {
  public static let name = "hardSwish"
  public static let operandCount = 1

  public init() {}

  public var activation: Activation? { .hardSwish }

  public func emit(
    _ x: [ScalarProgram.Register], _ p: inout ScalarProgram
  ) -> ScalarProgram.Register { p.step(.multiply, x[0], HardSigmoid().emit(x, &p)) }

  public static let samples = [[3, 4], [2, 37], []].map { (shape: Shape) in
    Sample(HardSwish(), [.uniform(shape, -5...5)])
  }

  public static let onnxReaders = plainONNXReader("HardSwish", HardSwish())

  public func writeONNX(_ node: Node, _ writer: inout ONNXWriter) throws {
    guard writer.opset >= 14 else { return try writer.write(program, for: node) }
    writer.emit("HardSwish", for: node)
  }
}
