/// The block of the narrower residual networks: two 3 x 3 convolutions beside a shortcut, which is projected where the
/// shape changes. Source: He et al., 2015.
struct BasicBlock: Module {
  var conv1: Conv2D
  var bn1: BatchNorm
  var conv2: Conv2D
  var bn2: BatchNorm
  var shortcut: Sequential?

  init(_ inputs: Int, _ outputs: Int, stride: Int) {
    conv1 = Conv2D(inputs, outputs, kernel: 3, stride: stride, padding: 1, bias: false)
    bn1 = BatchNorm(outputs)
    conv2 = Conv2D(outputs, outputs, kernel: 3, padding: 1, bias: false)
    bn2 = BatchNorm(outputs)
    if stride != 1 || inputs != outputs {
      shortcut = Sequential(
        Conv2D(inputs, outputs, kernel: 1, stride: stride, bias: false), BatchNorm(outputs))
    }
  }

  func callAsFunction(_ x: Tensor) -> Tensor {
    let y = bn2(conv2(bn1(conv1(x)).relu()))
    return (y + (shortcut?(x) ?? x)).relu()
  }
}
