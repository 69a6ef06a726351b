import LeptonCPU
import LeptonCompiler
import LeptonGraph
import LeptonOps
import LeptonValues
import Testing

/// The passes of training steps.
extension PassTests {
  @Test("Indices are transposed instead of the rows that they name")
  func transposeIndices() throws {
    try check(
      .transposeIndices,
      """
      graph "g"
      %0 = input "tokens" : i64[2, 5]
      %1 = parameter "table" : f32[7, 3]
      %2 = input "g" : f32[5, 2, 3]
      %3 = gather(%1, %0) {axis: 0}
      %4 = transpose(%3) {permutation: [1, 0, 2]}
      %5 = transpose(%2) {permutation: [1, 0, 2]}
      %6 = scatterAdd(%0, %5) {shape: [7, 3]}
      output "x" %4
      output "sum" %6
      """,
      becomes: """
        graph "g"
        %0 = input "tokens" : i64[2, 5]
        %1 = parameter "table" : f32[7, 3]
        %2 = input "g" : f32[5, 2, 3]
        %3 = transpose(%0) {permutation: [1, 0]}
        %4 = gather(%1, %3) {axis: 0}
        %5 = transpose(%0) {permutation: [1, 0]}
        %6 = scatterAdd(%5, %2) {shape: [7, 3]}
        output "x" %4
        output "sum" %6
        """)
  }

  @Test("The relu mask is applied to the pooled gradient")
  func commuteReluAndPooling() throws {
    try check(
      .commuteReluAndPooling,
      """
      graph "g"
      %0 = input "y" : f32[1, 2, 4, 4]
      %1 = input "g" : f32[1, 2, 2, 2]
      %2 = maxPool2d(%0) \(Self.pool)
      %3 = maxPool2dGradient(%0, %1) {pool: \(Self.pool)}
      %4 = reluGradient(%0, %3)
      output "pooled" %2
      output "dx" %4
      """,
      becomes: """
        graph "g"
        %0 = input "y" : f32[1, 2, 4, 4]
        %1 = input "g" : f32[1, 2, 2, 2]
        %2 = maxPool2d(%0) \(Self.pool)
        %3 = reluGradient(%2, %1)
        %4 = maxPool2dGradient(%0, %3) {pool: \(Self.pool)}
        output "pooled" %2
        output "dx" %4
        """)
  }

  @Test("Gradients of weights and bias come from one pass")
  func fuseWeightGradients() throws {
    let gradient = "{conv: \(Self.conv), weightShape: [2, 2, 3, 3]}"
    try check(
      .fuseWeightGradients,
      """
      graph "g"
      %0 = input "x" : f32[1, 2, 4, 4]
      %1 = input "g" : f32[1, 2, 4, 4]
      %2 = reduce(%1) {axes: [0, 2, 3], keepDims: false, kind: "sum"}
      %3 = conv2dWeightGradient(%0, %1) \(gradient)
      output "dw" %3
      output "db" %2
      """,
      becomes: """
        graph "g"
        %0 = input "x" : f32[1, 2, 4, 4]
        %1 = input "g" : f32[1, 2, 4, 4]
        %2, %3 = fused_conv2d_weight_gradient(%0, %1) {gradient: \(gradient)}
        output "dw" %2
        output "db" %3
        """)
  }

  @Test("Batch normalisation adds the residual that is there before it, and applies the relu")
  func fuseBatchNorm() throws {
    try check(
      .fuseBatchNorm { _ in true },
      """
      graph "g"
      %0 = input "x" : f32[2, 3, 4, 4]
      %1 = input "row" : f32[3]
      %2, %3, %4 = batchNormTraining(%0, %1, %1) {epsilon: 1e-05}
      %5 = relu(%2)
      %6, %7, %8 = batchNormTraining(%5, %1, %1) {epsilon: 1e-05}
      %9, %10, %11 = batchNormTraining(%0, %1, %1) {epsilon: 0.001}
      %12 = add(%6, %9)
      %13 = relu(%12)
      output "mean" %3
      output "variance" %10
      output "y" %13
      """,
      becomes: """
        graph "g"
        %0 = input "x" : f32[2, 3, 4, 4]
        %1 = input "row" : f32[3]
        %2, %3, %4 = fused_batch_norm(%0, %1, %1) \
        {hasResidual: false, norm: {epsilon: 1e-05}}
        %5, %6, %7 = batchNormTraining(%2, %1, %1) {epsilon: 1e-05}
        %8, %9, %10 = fused_batch_norm(%0, %1, %1, %5) \
        {hasResidual: true, norm: {epsilon: 0.001}}
        output "mean" %3
        output "variance" %9
        output "y" %8
        """)
  }

  @Test("The gradient of batch normalisation masks the gradient from behind the relu")
  func fuseBatchNormGradient() throws {
    try check(
      .fuseBatchNorm { !($0 is FusedBatchNorm) },
      """
      graph "g"
      %0 = input "x" : f32[2, 3, 4, 4]
      %1 = input "scale" : f32[3]
      %2 = input "bias" : f32[3]
      %3 = input "g" : f32[2, 3, 4, 4]
      %4, %5, %6 = batchNormTraining(%0, %1, %2) {epsilon: 1e-05}
      %7 = relu(%4)
      %8 = reluGradient(%7, %3)
      %9, %10, %11 = batchNormGradient(%0, %1, %5, %6, %8) {epsilon: 1e-05}
      output "y" %7
      output "dx" %9
      output "dscale" %10
      """,
      becomes: """
        graph "g"
        %0 = input "x" : f32[2, 3, 4, 4]
        %1 = input "scale" : f32[3]
        %2 = input "bias" : f32[3]
        %3 = input "g" : f32[2, 3, 4, 4]
        %4, %5, %6 = batchNormTraining(%0, %1, %2) {epsilon: 1e-05}
        %7 = relu(%4)
        %8, %9, %10 = fused_batch_norm_gradient(%0, %1, %2, %5, %6, %3) \
        {gradient: {epsilon: 1e-05}}
        output "y" %7
        output "dx" %8
        output "dscale" %9
        """)
  }

  @Test("A table is updated by rows where their sum is read by its update alone")
  func updateRows() throws {
    let update = "{momentum: 0.9, nesterov: false, weightDecay: 0}"
    let inputs = """
      %0 = input "tokens" : i64[2, 2]
      %1 = parameter "table" : f32[7, 3]
      %2 = input "g" : f32[2, 2, 3]
      %3 = state "velocity" : f32[7, 3]
      %4 = input "rate" : f32[]
      %5 = input "scale" : f32[]
      """
    let outputs = """
      output parameter "table" %7
      output state "velocity" %8
      """
    let before = """
      graph "g"
      \(inputs)
      %6 = scatterAdd(%0, %2) {shape: [7, 3]}
      %7, %8 = sgdUpdate(%1, %6, %3, %4, %5) \(update)
      \(outputs)
      """
    try check(
      .updateRows, before,
      becomes: """
        graph "g"
        \(inputs)
        %6, %7 = sgdUpdateByRows(%1, %0, %2, %3, %4, %5) {update: \(update)}
        output parameter "table" %6
        output state "velocity" %7
        """)
    let norm = before + "\noutput \"gradient\" %6"
    try check(.updateRows, norm, becomes: norm)
    let tied = """
      graph "g"
      \(inputs)
      %6 = input "other" : f32[7, 3]
      %7 = scatterAdd(%0, %2) {shape: [7, 3]}
      %8 = add(%7, %6)
      %9, %10 = sgdUpdate(%1, %8, %3, %4, %5) \(update)
      output parameter "table" %9
      output state "velocity" %10
      """
    try check(.updateRows, tied, becomes: tied)
  }
}
