import LeptonValues

extension Architecture {
  /// The residual network for CIFAR-10 with 20 layers: three stages of three blocks with 16, 32 and 64 channels, shortcuts
  /// projected where the shape changes (option B). Source: He et al., 2015, section 4.2.
  public static let resnet20 = Architecture(
    "resnet20", "20 narrow layers with residuals, for images of about 32 x 32",
    example: [3, 32, 32],
    outputs: 10, rank: 3
  ) { example, outputs in ResNet20(channels: example[0], outputs: outputs) }
}

private struct ResNet20: Module {
  var features: Sequential
  var fc: Dense

  init(channels: Int, outputs: Int) {
    let stages = [(16, 16), (16, 32), (32, 64)]
    features = Sequential {
      Conv2D(channels, 16, kernel: 3, padding: 1, bias: false)
      BatchNorm(16)
      Relu()
      for (inputs, outputs) in stages {
        BasicBlock(inputs, outputs, stride: outputs / inputs)
        BasicBlock(outputs, outputs, stride: 1)
        BasicBlock(outputs, outputs, stride: 1)
      }
    }
    fc = Dense(64, outputs)
  }

  func callAsFunction(_ x: Tensor) -> Tensor { fc(features(x).mean(along: 2, 3)) }
}
