import LeptonCPU
import LeptonCompiler
import LeptonGraph
import LeptonOps
import LeptonValues
import Testing

/// Each pass as two programs: what goes in, and what must come out.
@Suite("Passes")
struct PassTests {
  static let conv = "{dilation: [1, 1], groups: 1, padding: [1, 1, 1, 1], strides: [1, 1]}"
  static let pointwise = "{dilation: [1, 1], groups: 1, padding: [0, 0, 0, 0], strides: [1, 1]}"
  static let pool = "{dilation: [1, 1], kernel: [2, 2], padding: [0, 0, 0, 0], strides: [2, 2]}"
  static let dense = "{transposeA: false, transposeB: true}"

  func check(_ pass: Pass, _ before: String, becomes expected: String) throws {
    let result = try pass(Graph(parsing: before))
    try result.verify()
    let wanted = try Graph(parsing: expected)
    #expect(result == wanted, "\(pass.name) made\n\(result)\nnot\n\(wanted)")
  }

  @Test(
    "GELU is recognised in the orders of exporters",
    arguments: [
      ("divide", 1.4142135, "%7 = multiply(%0, %6)", "%8 = multiply(%7, %3)"),
      ("multiply", 0.70710677, "%7 = multiply(%6, %3)", "%8 = multiply(%7, %0)"),
    ])
  func recognizeGelu(scaling: String, scale: Double, first: String, second: String) throws {
    try check(
      .recognizeGelu,
      """
      graph "g"
      %0 = input "x" : f32[2, 5]
      %1 = constant() {shape: [], type: "f32", values: [\(scale)]}
      %2 = constant() {shape: [], type: "f32", values: [1]}
      %3 = constant() {shape: [], type: "f32", values: [0.5]}
      %4 = \(scaling)(%0, %1)
      %5 = erf(%4)
      %6 = add(%2, %5)
      \(first)
      \(second)
      output "y" %8
      """,
      becomes: """
        graph "g"
        %0 = input "x" : f32[2, 5]
        %1 = gelu(%0) {approximate: false}
        output "y" %1
        """)
  }

  @Test("What only looks like GELU stays: the sum is read by another as well")
  func notGelu() throws {
    let text = """
      graph "g"
      %0 = input "x" : f32[2, 5]
      %1 = constant() {shape: [], type: "f32", values: [1.4142135]}
      %2 = constant() {shape: [], type: "f32", values: [1]}
      %3 = constant() {shape: [], type: "f32", values: [0.5]}
      %4 = divide(%0, %1)
      %5 = erf(%4)
      %6 = add(%5, %2)
      %7 = multiply(%0, %6)
      %8 = multiply(%7, %3)
      output "y" %8
      output "gate" %6
      """
    try check(.recognizeGelu, text, becomes: text)
  }

  @Test("Of two reshapes one is left, which copies extents only where they are the first operand's")
  func reshapeOfReshape() throws {
    try check(
      .simplify,
      """
      graph "g"
      %0 = input "x" : f32[3, 4, 2, 2]
      %1 = reshape(%0) {shape: [3, 2, 2, 2, 2]}
      %2 = reshape(%1) {shape: [0, 0, -1]}
      %3 = reshape(%1) {shape: [0, 0, 0, 0, 2, 1]}
      output "y" %2
      output "z" %3
      """,
      becomes: """
        graph "g"
        %0 = input "x" : f32[3, 4, 2, 2]
        %1 = reshape(%0) {shape: [0, 2, -1]}
        %2 = reshape(%0) {shape: [0, 2, 0, 0, 2, 1]}
        output "y" %1
        output "z" %2
        """)
  }

  @Test("Attention becomes one operation, with its transpositions and scale")
  func fuseAttention() throws {
    let unchanged = "{operandCount: 1, results: [{index: 0}], steps: []}"
    let scale =
      "{operandCount: 1, results: [{index: 2}], steps: [{immediate: 0.5, op: \"constant\", operands: []}, "
      + "{immediate: 0, op: \"multiply\", operands: [{index: 0}, {index: 1}]}]}"
    try check(
      .fuseAttention,
      """
      graph "g"
      %0 = input "q" : f32[2, 5, 3, 4]
      %1 = input "k" : f32[2, 7, 3, 4]
      %2 = input "v" : f32[2, 7, 3, 6]
      %3 = transpose(%0) {permutation: [0, 2, 1, 3]}
      %4 = transpose(%1) {permutation: [0, 2, 3, 1]}
      %5 = transpose(%2) {permutation: [0, 2, 1, 3]}
      %6 = fused_matmul(%3, %4) {hasBias: false, matmul: {transposeA: false, transposeB: false}}
      %7 = fused(%6) {dtypes: ["f32"], program: \(scale)}
      %8 = softmax(%7) {axis: -1}
      %9 = fused_matmul(%8, %5) {hasBias: false, matmul: {transposeA: false, transposeB: false}}
      %10 = transpose(%9) {permutation: [0, 2, 1, 3]}
      output "y" %10
      """,
      becomes: """
        graph "g"
        %0 = input "q" : f32[2, 5, 3, 4]
        %1 = input "k" : f32[2, 7, 3, 4]
        %2 = input "v" : f32[2, 7, 3, 6]
        %3 = fused_attention(%0, %1, %2) {dtype: "f32", \
        key: {permutation: [0, 2, 1, 3], program: \(unchanged)}, \
        query: {permutation: [0, 2, 1, 3], program: \(unchanged)}, \
        result: {permutation: [0, 2, 1, 3], program: \(unchanged)}, scores: \(scale), \
        value: {permutation: [0, 2, 1, 3], program: \(unchanged)}, weights: \(unchanged)}
        output "y" %3
        """)
  }

  @Test("Batch norm moves into the convolution before it")
  func foldBatchNorm() throws {
    try check(
      .foldBatchNorm,
      """
      graph "g"
      %0 = input "x" : f32[1, 2, 4, 4]
      %1 = parameter "w" : f32[2, 2, 1, 1]
      %2 = parameter "scale" : f32[2]
      %3 = parameter "shift" : f32[2]
      %4 = state "mean" : f32[2]
      %5 = state "variance" : f32[2]
      %6 = conv2d(%0, %1) \(Self.pointwise)
      %7 = batchNorm(%6, %2, %3, %4, %5) {epsilon: 0.5, momentum: 0.1}
      output "y" %7
      """,
      becomes: """
        graph "g"
        %0 = input "x" : f32[1, 2, 4, 4]
        %1 = parameter "w" : f32[2, 2, 1, 1]
        %2 = parameter "scale" : f32[2]
        %3 = parameter "shift" : f32[2]
        %4 = state "mean" : f32[2]
        %5 = state "variance" : f32[2]
        %6 = constant() {shape: [], type: "f32", values: [0.5]}
        %7 = add(%5, %6)
        %8 = rsqrt(%7)
        %9 = multiply(%2, %8)
        %10 = reshape(%9) {shape: [2, 1, 1, 1]}
        %11 = multiply(%1, %10)
        %12 = neg(%4)
        %13 = multiply(%12, %9)
        %14 = add(%13, %3)
        %15 = conv2d(%0, %11, %14) \(Self.pointwise)
        output "y" %15
        """)
  }

  @Test("Bias and activation become part of the product")
  func fuseEpilogues() throws {
    try check(
      .fuseEpilogues,
      """
      graph "g"
      %0 = input "x" : f32[2, 4]
      %1 = parameter "w" : f32[3, 4]
      %2 = parameter "b" : f32[3]
      %3 = matmul(%0, %1) \(Self.dense)
      %4 = add(%3, %2)
      %5 = relu(%4)
      output "y" %5
      """,
      becomes: """
        graph "g"
        %0 = input "x" : f32[2, 4]
        %1 = parameter "w" : f32[3, 4]
        %2 = parameter "b" : f32[3]
        %3 = fused_matmul(%0, %1, %2) {activation: {relu: {}}, hasBias: true, matmul: \(Self.dense)}
        output "y" %3
        """)
  }

  @Test("An activation whose operand others read stays apart")
  func sharedOperandIsNotFused() throws {
    try check(
      .fuseEpilogues,
      """
      graph "g"
      %0 = input "x" : f32[2, 4]
      %1 = parameter "w" : f32[3, 4]
      %2 = matmul(%0, %1) \(Self.dense)
      %3 = relu(%2)
      output "y" %3
      output "z" %2
      """,
      becomes: """
        graph "g"
        %0 = input "x" : f32[2, 4]
        %1 = parameter "w" : f32[3, 4]
        %2 = fused_matmul(%0, %1) {hasBias: false, matmul: \(Self.dense)}
        %3 = relu(%2)
        output "y" %3
        output "z" %2
        """)
  }

  @Test("A residual becomes part of the convolution")
  func fuseResidual() throws {
    try check(
      .fuseEpilogues,
      """
      graph "g"
      %0 = input "x" : f32[1, 2, 4, 4]
      %1 = parameter "w" : f32[2, 2, 3, 3]
      %2 = conv2d(%0, %1) \(Self.conv)
      %3 = add(%0, %2)
      %4 = relu(%3)
      output "y" %4
      """,
      becomes: """
        graph "g"
        %0 = input "x" : f32[1, 2, 4, 4]
        %1 = parameter "w" : f32[2, 2, 3, 3]
        %2 = fused_conv2d(%0, %1, %0) {activation: {relu: {}}, conv: \(Self.conv), \
        hasBias: false, hasResidual: true}
        output "y" %2
        """)
  }

  @Test("Elementwise operations that follow one another run in one pass, constants inside")
  func fuseElementwise() throws {
    let before = try Graph(
      parsing: """
        graph "g"
        %0 = input "x" : f32[2, 4]
        %1 = input "y" : f32[4]
        %2 = add(%0, %1)
        %3 = constant() {shape: [], type: "f32", values: [2]}
        %4 = multiply(%2, %3)
        %5 = tanh(%4)
        output "z" %5
        output "s" %2
        """)
    let after = try Pass.fuseElementwise(before)
    #expect(after.nodes.count == 1)
    let fused = try #require(after.nodes[0].op as? FusedElementwise)
    #expect(fused.program.steps.map(\.op) == [.constant, .add, .multiply, .tangentH])
    #expect(after.nodes[0].operands.count == 2)
    #expect(after.nodes[0].results.count == 2)
  }

  @Test("Both operands of an addition are dequantised in its pass, though one was made long before")
  func dequantisedSum() throws {
    let text = """
      graph "g"
      %0 = input "a" : u8[4, 4]
      %1 = input "w" : f32[4, 4]
      %2 = cast(%0) {to: "f32"}
      %3 = constant() {shape: [], type: "f32", values: [0.5]}
      %4 = multiply(%2, %3)
      %5 = matmul(%1, %1) {transposeA: false, transposeB: false}
      %6 = relu(%5)
      %7 = add(%4, %6)
      output "y" %7
      """
    let after = try Pass.fuseElementwise(Graph(parsing: text))
    #expect(after.nodes.map(\.op.name) == ["matmul", "fused"])
    #expect(after.nodes[1].operands.map { after.type(of: $0).dtype } == [.u8, .f32])
  }

  @Test("A region is not fused around a reader that comes in between")
  func elementwiseOrder() throws {
    let text = """
      graph "g"
      %0 = input "x" : f32[4, 4]
      %1 = relu(%0)
      %2 = matmul(%1, %1) {transposeA: false, transposeB: false}
      %3 = add(%2, %1)
      output "y" %3
      """
    #expect(
      try Pass.fuseElementwise(Graph(parsing: text)).nodes.map(\.op.name) == [
        "relu", "matmul", "add",
      ])
  }

  @Test("Quantised pairs around a convolution become one integer kernel, through pooling")
  func foldQuantization() throws {
    let before = try Graph(
      parsing: """
        graph "g"
        %0 = input "x" : f32[1, 2, 4, 4]
        %1 = constant() {shape: [2, 2, 1, 1], type: "i8", values: [3, 3, 3, 3]}
        %2 = constant() {shape: [2], type: "f32", values: [0.5, 0.25]}
        %3 = constant() {shape: [2], type: "i8", values: [0, 0]}
        %4 = constant() {shape: [], type: "f32", values: [0.125]}
        %5 = constant() {shape: [], type: "u8", values: [0]}
        %6 = quantize(%0, %4, %5) {dtype: "u8"}
        %7 = dequantize(%6, %4, %5)
        %8 = dequantize(%1, %2, %3) {axis: 0}
        %9 = conv2d(%7, %8) \(Self.pointwise)
        %10 = relu(%9)
        %11 = maxPool2d(%10) \(Self.pool)
        %12 = quantize(%11, %4, %5) {dtype: "u8"}
        %13 = dequantize(%12, %4, %5)
        output "y" %13
        """)
    let after = try Pass.foldQuantization(before)
    try after.verify()
    #expect(
      after.nodes.map(\.op.name).filter { $0 != "constant" }
        == [
          "divide", "round", "clip", "cast", "quantized_conv2d", "maxPool2d", "cast", "multiply",
        ])
    let kernel = try #require(after.nodes.compactMap { $0.op as? QuantizedConv2D }.first)
    #expect(kernel.activation == .relu)
    #expect(kernel.result == Requantization(dtype: .u8, scale: 0.125))
    #expect(kernel.sourceScale == 0.125)
  }

  @Test("Equal nodes are computed once")
  func mergeEqual() throws {
    try check(
      .mergeEqual,
      """
      graph "g"
      %0 = input "x" : f32[4]
      %1 = exp(%0)
      %2 = exp(%0)
      %3 = add(%1, %2)
      output "y" %3
      """,
      becomes: """
        graph "g"
        %0 = input "x" : f32[4]
        %1 = exp(%0)
        %2 = add(%1, %1)
        output "y" %2
        """)
  }

  @Test("What depends on constants alone is computed once")
  func foldConstants() throws {
    try check(
      .foldConstants,
      """
      graph "g"
      %0 = input "x" : f32[2]
      %1 = constant() {shape: [2], type: "f32", values: [1, 2]}
      %2 = multiply(%1, %1)
      %3 = add(%0, %2)
      output "y" %3
      """,
      becomes: """
        graph "g"
        %0 = input "x" : f32[2]
        %1 = constant() {shape: [2], type: "f32", values: [1, 4]}
        %2 = add(%0, %1)
        output "y" %2
        """)
  }

  @Test("What changes nothing falls away")
  func simplify() throws {
    try check(
      .simplify,
      """
      graph "g"
      %0 = input "x" : f32[2, 3]
      %1 = transpose(%0) {permutation: [1, 0]}
      %2 = transpose(%1) {permutation: [1, 0]}
      %3 = reshape(%2) {shape: [6]}
      %4 = reshape(%3) {shape: [3, 2]}
      %5 = constant() {shape: [], type: "f32", values: [1]}
      %6 = multiply(%4, %5)
      output "y" %6
      """,
      becomes: """
        graph "g"
        %0 = input "x" : f32[2, 3]
        %1 = reshape(%0) {shape: [3, 2]}
        output "y" %1
        """)
  }

  @Test("A reshape that copies an extent of the shape before it copies the same one alone")
  func copyingReshapes() throws {
    try check(
      .simplify,
      """
      graph "g"
      %0 = input "x" : f32[6, 4]
      %1 = reshape(%0) {shape: [2, 3, 4]}
      %2 = reshape(%1) {shape: [0, -1]}
      output "y" %2
      """,
      becomes: """
        graph "g"
        %0 = input "x" : f32[6, 4]
        %1 = reshape(%0) {shape: [2, -1]}
        output "y" %1
        """)
  }

  @Test("Constant weights are turned so that they are packed once")
  func transposeWeights() throws {
    try check(
      .transposeWeights,
      """
      graph "g"
      %0 = input "x" : f32[1, 2]
      %1 = constant() {shape: [2, 1], type: "f32", values: [1, 2]}
      %2 = matmul(%0, %1) {transposeA: false, transposeB: false}
      output "y" %2
      """,
      becomes: """
        graph "g"
        %0 = input "x" : f32[1, 2]
        %1 = constant() {shape: [2, 1], type: "f32", values: [1, 2]}
        %2 = transpose(%1) {permutation: [1, 0]}
        %3 = matmul(%0, %2) \(Self.dense)
        output "y" %3
        """)
  }
}
