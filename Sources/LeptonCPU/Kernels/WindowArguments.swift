import CLeptonKernels
import LeptonOps
import LeptonValues

/// The arguments of a kernel whose windows move over images: what all of them name alike.
protocol WindowArguments {
  var batch: Int64 { get set }
  var in_height: Int64 { get set }
  var in_width: Int64 { get set }
  var out_height: Int64 { get set }
  var out_width: Int64 { get set }
  var kernel_height: Int64 { get set }
  var kernel_width: Int64 { get set }
  var stride_h: Int64 { get set }
  var stride_w: Int64 { get set }
  var pad_top: Int64 { get set }
  var pad_left: Int64 { get set }
}

extension WindowArguments {
  /// Sizes and places of the windows of a convolution of `x` [N, C, H, W] with `w` [O, C/groups, KH, KW].
  mutating func place(_ conv: Conv2D, x: Shape, w: Shape, y: Shape) {
    batch = Int64(x[0])
    (in_height, in_width) = (Int64(x[2]), Int64(x[3]))
    (out_height, out_width) = (Int64(y[2]), Int64(y[3]))
    (kernel_height, kernel_width) = (Int64(w[2]), Int64(w[3]))
    (stride_h, stride_w) = (Int64(conv.strides[0]), Int64(conv.strides[1]))
    (pad_top, pad_left) = (Int64(conv.padding[0]), Int64(conv.padding[1]))
  }
}

extension lk_byte_convolution: WindowArguments {}
extension lk_byte_depthwise: WindowArguments {}
extension lk_depthwise: WindowArguments {}
extension lk_direct_convolution: WindowArguments {}
extension lk_image_convolution: WindowArguments {}
