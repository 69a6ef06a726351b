import CLeptonDNN
import LeptonGraph
import LeptonOps
import LeptonValues

/// The three passes of a dense layer `y[N, O] = x[N, K] wᵀ[O, K]`, which share one packed layout of the weights.
struct DenseLayer {
  let batch: Int
  let weights: TensorType
  private var descriptor = ld_inner_product()

  /// nil for element types without kernels.
  init?(batch: Int, weights: TensorType, x: DType, y: DType) {
    self.batch = batch
    self.weights = weights
    guard let src = x.native, let w = weights.dtype.native, let dst = y.native else { return nil }
    descriptor.batch = Int64(batch)
    descriptor.in_features = Int64(weights.shape[1])
    descriptor.out_features = Int64(weights.shape[0])
    descriptor.src = src
    descriptor.weights = w
    descriptor.dst = dst
    descriptor.bias = LD_F32
    descriptor.training = true
  }

  enum Pass {
    case forward(hasBias: DType?, epilogue: Epilogue)
    case inputGradient
    case weightGradient(hasBias: Bool)
  }

  /// The primitive with the weights as `stored` has them where that is as quick as its own choice.
  func primitive(_ pass: Pass, stored: Layout?) -> Primitive? {
    guard let free = make(pass, nil) else { return nil }
    if let stored, stored.handle != nil, let fixed = make(pass, stored.handle),
      fixed.implementation == free.implementation
    {
      return fixed
    }
    return free
  }

  private func make(_ pass: Pass, _ layout: OpaquePointer?) -> Primitive? {
    var d = descriptor
    d.weights_layout = layout
    switch pass {
    case .forward(let bias, let epilogue):
      d.has_bias = bias != nil
      d.bias = bias?.native ?? LD_F32
      var description = ld_epilogue()
      return epilogue.describe(&description) {
        d.epilogue = $0
        return Primitive(ld_inner_product_forward(&d))
      }
    case .inputGradient: return Primitive(ld_inner_product_backward_data(&d))
    case .weightGradient(let hasBias):
      d.weights = LD_F32
      d.has_bias = hasBias
      return Primitive(ld_inner_product_backward_weights(&d))
    }
  }
}
