import LeptonValues

extension Architecture {
  /// The residual network with 18 layers in its form for small images: a 3 x 3 stem and no early
  /// pooling. Source: He et al., 2016, section 4.2.
  public static let resnet18 = Architecture(
    "resnet18", "18 layers with residuals, for images of about 32 x 32", example: [3, 32, 32],
    outputs: 10, rank: 3
  ) { example, outputs in ResNet18(channels: example[0], outputs: outputs) }
}

private struct ResNet18: Module {
  var features: Sequential
  var fc: Dense

  init(channels: Int, outputs: Int) {
    let blocks = [
      (64, 64, 1), (64, 64, 1), (64, 128, 2), (128, 128, 1), (128, 256, 2), (256, 256, 1),
      (256, 512, 2), (512, 512, 1),
    ]
    features = Sequential {
      Conv2D(channels, 64, kernel: 3, padding: 1, bias: false)
      BatchNorm(64)
      Relu()
      for (inputs, outputs, stride) in blocks {
        BasicBlock(inputs, outputs, stride: stride)
      }
    }
    fc = Dense(512, outputs)
  }

  func callAsFunction(_ x: Tensor) -> Tensor { fc(features(x).mean(along: 2, 3)) }
}
