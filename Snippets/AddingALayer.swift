// A layer is a struct that is called as a function.

import Lepton

/// Squeeze and excitation: every channel scaled by how much it matters (Hu et al., 2018).
struct SqueezeExcite: Module {
  var reduce: Dense
  var expand: Dense

  init(_ channels: Int, ratio: Int = 16) {
    reduce = Dense(channels, channels / ratio)
    expand = Dense(channels / ratio, channels)
  }

  /// `[N, C, H, W]` to `[N, C, H, W]`
  func callAsFunction(_ x: Tensor) -> Tensor {
    let squeezed = x.mean(along: 2, 3)
    let weights = expand(reduce(squeezed).relu()).sigmoid()
    return x * weights.reshaped(to: [0, -1, 1, 1])
  }
}

// Parameters are found in stored properties and named by their path.
let model = try SqueezeExcite(64).model(input: TensorType(.f32, [1, 64, 8, 8]))
print(model.graph)
