import CLeptonKernels
import LeptonGraph
import LeptonOps
import LeptonValues

/// An 8-bit convolution of an image, one to four channels, on a processor without 8-bit dot products: there oneDNN pads the
/// channels and is slower than in f32.
struct ImageConvolution {
  private var arguments = lk_image_convolution()
  private let weights: TensorData
  private let scales: TensorData

  /// nil where it is another convolution.
  init?(_ op: QuantizedConv2D, _ node: Node, _ plan: PlanBuilder) {
    let x = plan.type(of: node.operands[0])
    let y = plan.type(of: node.result)
    let outputs = Int(LK_IMAGE_OUTPUTS)
    guard !Processor.multipliesInt8, lk_image_convolution_available(),
      op.conv.groups == 1, op.conv.dilation == [1, 1], x.dtype == .u8, x.shape[1] <= 4,
      y.shape[1] % outputs == 0, y.dtype == .u8 || y.dtype == .i8,
      let bounds = op.result.bounds(op.activation),
      let weights = plan.constant(node.operands[1]),
      let scales = plan.constant(node.operands[2]), let bias = plan.constant(node.operands[3]),
      let sums = RequantizedSums(
        sourceScale: op.sourceScale, sourceZero: op.sourceZero, weights: weights, scales: scales,
        bias: bias, unit: op.result.scale)
    else { return nil }
    self.scales = sums.scales
    self.weights = Self.pack(weights, outputs: outputs)
    arguments.place(op.conv, x: x.shape, w: weights.shape, y: y.shape)
    arguments.channels = Int64(x.shape[1])
    arguments.out_channels = Int64(y.shape[1])
    arguments.channels_last = plan.activationFormat(of: node.operands[0]) == .channelsLast
    arguments.dst_dtype = y.dtype.kernel!
    arguments.zero = Int32(op.result.zero)
    arguments.lower = bounds.lowerBound - Float(op.result.zero)
    arguments.upper = bounds.upperBound - Float(op.result.zero)
  }

  func lower(_ node: Node, _ plan: PlanBuilder) throws {
    let x = plan.type(of: node.operands[0])
    let source = try plan.use(
      node.operands[0], arguments.channels_last ? .activation(x, .channelsLast) : .plain(x))
    let (weights, scales) = (plan.makeConstant(weights), plan.makeConstant(scales))
    let result = plan.define(node.result, .activation(plan.type(of: node.result), .channelsLast))
    var step = Step(
      name: "conv2d_int8", kernel: "lepton:image_convolution",
      reads: [source, weights, scales], writes: [result]
    ) { [arguments] binder in
      binder.kernel(lk_image_convolution_run, arguments) { box, binder in
        binder.bind(source) {
          box.pointee.src = UnsafePointer($0.assumingMemoryBound(to: UInt8.self))
        }
        binder.bind(weights) {
          box.pointee.weights = UnsafePointer($0.assumingMemoryBound(to: Int16.self))
        }
        binder.bind(scales) {
          box.pointee.scales = UnsafePointer($0.assumingMemoryBound(to: Int32.self))
        }
        binder.bind(result) { box.pointee.dst = $0.assumingMemoryBound(to: UInt8.self) }
        box.pointee.scratch = binder.scratch.assumingMemoryBound(to: Int16.self)
      }
    }
    step.scratchBytes = withUnsafePointer(to: arguments) {
      Int(lk_image_convolution_scratch($0, lk_threads_available()))
    }
    plan.add(step)
  }

  /// Weights [O, C, kh, kw] as the kernel takes them: for sixteen outputs, kernel row by kernel row, two neighbours (channels
  /// innermost) of each output, in the two halves of 32 bits.
  private static func pack(_ weights: TensorData, outputs: Int) -> TensorData {
    let shape = weights.shape
    let (channels, height, width) = (shape[1], shape[2], shape[3])
    let taps = width * channels
    let values = weights.doubles.map { Int32($0) }
    var packed: [Double] = []
    for block in stride(from: 0, to: shape[0], by: outputs) {
      for row in 0..<height {
        for pair in stride(from: 0, to: taps, by: 2) {
          for output in block..<(block + outputs) {
            func weight(_ tap: Int) -> Int32 {
              let (column, channel) = (tap / channels, tap % channels)
              return tap < taps
                ? values[((output * channels + channel) * height + row) * width + column] : 0
            }
            packed.append(Double(weight(pair + 1) << 16 | weight(pair) & 0xffff))
          }
        }
      }
    }
    return TensorData(packed, as: TensorType(.i32, [packed.count]))
  }
}
