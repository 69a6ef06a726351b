import LeptonGraph
import LeptonOps
import LeptonValues

/// What an ONNX Attention node asks for, checked: its attributes and the extents of its operands.
struct AttentionForm {
  /// What the fourth output is.
  enum ScoreOutput: Int { case product, capped, biased, softmax }

  let queryHeads: Int
  let keyHeads: Int
  let scale: Double
  let softcap: Double
  let isCausal: Bool
  /// How far to each side a query sees, nil where that is not limited.
  let leftWindow: Int?
  let rightWindow: Int?
  /// What softmax is computed in, where that is wider than the operands.
  let precision: DType?
  let scoreOutput: ScoreOutput
  /// Whether heads lie side by side, `[batch, sequence, heads * size]`.
  let isPacked: Bool

  init(_ node: ONNXNode, _ context: ONNXReadContext) throws {
    let windows = node.opset >= 25 ? ["left_window_size", "right_window_size"] : []
    try node.allow(
      [
        "is_causal", "kv_num_heads", "q_num_heads", "qk_matmul_output_mode", "scale", "softcap",
        "softmax_precision",
      ] + windows)
    let shapes = try (0..<3).map { context.shape(of: try node.input($0)) }
    let types = Set(try (0..<3).map { context.dtype(of: try node.input($0)) })
    guard Set(shapes.map(\.rank)).count == 1, [3, 4].contains(shapes[0].rank), types.count == 1,
      types.first!.isFloatingPoint
    else {
      throw node.error(
        "query, key and value are \(shapes.map(\.description))",
        fix: "give three of 3 or of 4 axes and of one floating-point type")
    }
    let isPacked = shapes[0].rank == 3
    var (queryHeads, keyHeads) = (shapes[0][1], shapes[1][1])
    if isPacked {
      queryHeads = try node.requiredInt("q_num_heads")
      keyHeads = try node.requiredInt("kv_num_heads")
    }
    let last = shapes[0].rank - 1
    guard node.int("q_num_heads", default: queryHeads) == queryHeads,
      node.int("kv_num_heads", default: keyHeads) == keyHeads,
      queryHeads > 0, keyHeads > 0, queryHeads % keyHeads == 0,
      !isPacked
        || shapes[0][last] % queryHeads == 0
          && shapes[1...].allSatisfy({ $0[last] % keyHeads == 0 })
    else {
      throw node.error(
        "\(queryHeads) query heads and \(keyHeads) key heads do not fit \(shapes[0]), \(shapes[1])",
        fix: "the query heads are a multiple of the key heads")
    }
    (self.isPacked, self.queryHeads, self.keyHeads) = (isPacked, queryHeads, keyHeads)
    let size = isPacked ? shapes[0][last] / queryHeads : shapes[0][last]
    scale = node.float("scale", default: 1 / Double(size).squareRoot())
    softcap = node.float("softcap", default: 0)
    isCausal = node.int("is_causal", default: 0) != 0
    leftWindow = try Self.window("left_window_size", node)
    rightWindow = try Self.window("right_window_size", node)
    precision = try Self.precision(node, wider: types.first!)
    let mode = node.int("qk_matmul_output_mode", default: 0)
    guard let scoreOutput = ScoreOutput(rawValue: mode) else {
      throw node.error("qk_matmul_output_mode \(mode) is not one of 0 to 3")
    }
    self.scoreOutput = scoreOutput
  }

  private static func window(_ name: String, _ node: ONNXNode) throws -> Int? {
    let size = node.int(name, default: -1)
    guard -1...(1 << 24) ~= size else { throw node.error("\(name) \(size) is not -1 or more") }
    return size < 0 ? nil : size
  }

  /// Softmax is computed at least as exactly as the file wants.
  static func precision(_ node: ONNXNode, wider than: DType) throws -> DType? {
    guard case .int(let code) = node.attributes["softmax_precision"] else { return nil }
    let known: [Int: DType] = [1: .f32, 10: .f16, 11: .f64, 16: .bf16]
    guard let wanted = known[code] else {
      throw node.error(
        "softmax_precision \(code) is no floating-point type", fix: "give 1, 10, 11 or 16")
    }
    return wanted.byteCount > than.byteCount ? wanted : nil
  }
}
