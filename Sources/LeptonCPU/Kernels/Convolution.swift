import CLeptonDNN
import LeptonGraph
import LeptonOps
import LeptonRuntime
import LeptonValues

/// The shapes of a convolution, and the choice of primitives for its three passes.
struct Convolution {
  let x: TensorType
  let w: TensorType
  let y: TensorType
  private var descriptor = ld_convolution()

  /// nil for element types without kernels.
  init?(_ conv: Conv2D, x: TensorType, w: TensorType, y: TensorType, _ plan: PlanBuilder) {
    self.x = x
    self.w = w
    self.y = y
    guard let src = x.dtype.native, let weights = w.dtype.native, let dst = y.dtype.native else {
      return nil
    }
    descriptor.batch = Int64(x.shape[0])
    descriptor.groups = Int64(conv.groups)
    descriptor.in_channels = Int64(x.shape[1])
    descriptor.in_height = Int64(x.shape[2])
    descriptor.in_width = Int64(x.shape[3])
    descriptor.out_channels = Int64(y.shape[1])
    descriptor.out_height = Int64(y.shape[2])
    descriptor.out_width = Int64(y.shape[3])
    descriptor.kernel_height = Int64(w.shape[2])
    descriptor.kernel_width = Int64(w.shape[3])
    descriptor.stride_h = Int64(conv.strides[0])
    descriptor.stride_w = Int64(conv.strides[1])
    descriptor.dilation_h = Int64(conv.dilation[0])
    descriptor.dilation_w = Int64(conv.dilation[1])
    descriptor.pad_top = Int64(conv.padding[0])
    descriptor.pad_left = Int64(conv.padding[1])
    descriptor.pad_bottom = Int64(conv.padding[2])
    descriptor.pad_right = Int64(conv.padding[3])
    descriptor.src = src
    descriptor.weights = weights
    descriptor.dst = dst
    descriptor.training = true
    descriptor.epilogue.sum_scale = 1
    descriptor.algorithm =
      plan.options.algorithms != .deterministic && Self.gainsByWinograd(conv, x, w, y)
      ? LD_WINOGRAD : LD_DIRECT
  }

  /// Whether oneDNN's F(4x4, 3x3), where it has one, is quicker than its direct kernels: by the shape alone, so that the choice, and with it every
  /// bit of the result, is the same in every run. Measured: 1.7 to 2.9 times with at least 16 channels on both sides and
  /// enough tiles to spread the transformed weights over; 0.25 times on four tiles.
  private static func gainsByWinograd(
    _ conv: Conv2D, _ x: TensorType, _ w: TensorType, _ y: TensorType
  ) -> Bool {
    let tiles = x.shape[0] * ((y.shape[2] + 3) / 4) * ((y.shape[3] + 3) / 4)
    return x.dtype == .f32 && w.shape[2] == 3 && w.shape[3] == 3 && conv.groups == 1
      && conv.strides == [1, 1] && conv.dilation == [1, 1]
      && x.shape[1] % 16 == 0 && y.shape[1] % 16 == 0 && x.shape[1] >= 32 && y.shape[1] >= 32
      && tiles >= 64
  }

  enum Pass {
    case forward(hasBias: DType?, epilogue: Epilogue)
    case inputGradient
    case weightGradient(hasBias: Bool)

    var make: (UnsafePointer<ld_convolution>) -> OpaquePointer? {
      switch self {
      case .forward: { ld_convolution_forward($0) }
      case .inputGradient: { ld_convolution_backward_data($0) }
      case .weightGradient: { ld_convolution_backward_weights($0) }
      }
    }

    var weightsArgument: ld_argument {
      if case .weightGradient = self { LD_DIFF_WEIGHTS } else { LD_WEIGHTS }
    }
  }

  /// The best primitive for a pass: one that takes the activations in a layout that the neighbours can share and, if that
  /// costs nothing, the weights as `stored` has them.
  func primitive(_ pass: Pass, stored: Layout?) -> Primitive? {
    var fallback: Primitive?
    for algorithm in descriptor.algorithm == LD_WINOGRAD ? [LD_WINOGRAD, LD_DIRECT] : [LD_DIRECT] {
      for (source, destination) in formats {
        guard let free = make(pass, source, destination, algorithm, nil) else { continue }
        guard !free.isSlow else {
          fallback = fallback ?? free
          continue
        }
        if let stored, stored.format == .native,
          let fixed = make(pass, source, destination, algorithm, stored.handle),
          fixed.implementation == free.implementation
        {
          return fixed
        }
        return free
      }
    }
    return fallback
  }

  /// Formats of source and destination, best first.
  private var formats: [(ld_format, ld_format)] {
    let isInteger = !x.dtype.isFloatingPoint
    let blocked = Layout.Format.blocked.native
    let first: (ld_format, ld_format) =
      isInteger
      ? (LD_FORMAT_CHANNELS_LAST, LD_FORMAT_CHANNELS_LAST)
      : x.shape[1] < 8 && descriptor.groups == 1 ? (LD_FORMAT_PLAIN, blocked) : (blocked, blocked)
    return [
      first, (LD_FORMAT_ANY, LD_FORMAT_ANY), (LD_FORMAT_CHANNELS_LAST, LD_FORMAT_CHANNELS_LAST),
      (LD_FORMAT_PLAIN, LD_FORMAT_PLAIN),
    ]
  }

  private func make(
    _ pass: Pass, _ source: ld_format, _ destination: ld_format, _ algorithm: ld_algorithm,
    _ weights: OpaquePointer?
  ) -> Primitive? {
    var d = descriptor
    d.src_format = source
    d.dst_format = destination
    d.algorithm = algorithm
    d.weights_layout = weights
    switch pass {
    case .forward(let bias, let epilogue):
      d.has_bias = bias != nil
      d.bias = bias?.native ?? LD_F32
      var description = ld_epilogue()
      return epilogue.describe(&description) {
        d.epilogue = $0
        return Primitive(pass.make(&d))
      }
    case .inputGradient: return Primitive(pass.make(&d))
    case .weightGradient(let hasBias):
      // Gradients of weights and bias are f32 whatever the activations are.
      d.weights = LD_F32
      d.has_bias = hasBias
      d.bias = LD_F32
      return Primitive(pass.make(&d))
    }
  }
}
