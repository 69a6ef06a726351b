public import LeptonValues

/// By which algorithm convolutions run where there is more than one. Either way the same choice, and with it the same bits,
/// in every run: no run measures while it chooses.
public enum AlgorithmChoice: Sendable, Hashable {
  /// By a rule over the shape alone.
  case byShape
  /// As was once measured on this machine, and by shape where nothing was.
  case measured(MeasuredAlgorithms)
  /// Direct kernels only. Winograd's minimal filtering has other roundings than direct sums: results err as much, gradients
  /// of weights up to three times as much.
  case deterministic
}

extension AlgorithmChoice: CustomStringConvertible {
  public var description: String {
    switch self {
    case .byShape: "by shape"
    case .measured: "measured"
    case .deterministic: "deterministic"
    }
  }
}

public enum ConvolutionAlgorithm: String, Sendable, Hashable, Codable {
  case direct, winograd
}

/// One pass of a convolution as far as it decides which algorithm is quicker.
public struct ConvolutionTask: Sendable, Hashable {
  public enum Pass: String, Sendable, Hashable {
    case forward
    /// The forward pass with weights that are known, and prepared, before the first run.
    case inference
    case inputGradient = "input-gradient"
    case weightGradient = "weight-gradient"
  }

  public var pass: Pass
  /// `[N, C, H, W]`.
  public var input: TensorType
  /// `[O, C / groups, height, width]`.
  public var weights: Shape
  public var strides: [Int]
  public var padding: [Int]
  public var dilation: [Int]
  public var groups: Int
  public var threads: Int

  public init(
    _ pass: Pass, input: TensorType, weights: Shape, strides: [Int], padding: [Int],
    dilation: [Int], groups: Int, threads: Int
  ) {
    self.pass = pass
    self.input = input
    self.weights = weights
    self.strides = strides
    self.padding = padding
    self.dilation = dilation
    self.groups = groups
    self.threads = threads
  }
}

extension ConvolutionTask: CustomStringConvertible {
  /// `inference f32 1x64x32x32 by 64x64x3x3, strides 1 1, padding 1 1 1 1, dilation 1 1, groups 1, threads 2`
  public var description: String {
    func product(_ shape: Shape) -> String {
      shape.extents.map(String.init).joined(separator: "x")
    }
    func list(_ numbers: [Int]) -> String { numbers.map(String.init).joined(separator: " ") }
    return "\(pass.rawValue) \(input.dtype) \(product(input.shape)) by \(product(weights)), "
      + "strides \(list(strides)), padding \(list(padding)), dilation \(list(dilation)), "
      + "groups \(groups), threads \(threads)"
  }
}

/// What was measured, by the description of the task.
public struct MeasuredAlgorithms: Sendable, Hashable {
  public var choices: [String: ConvolutionAlgorithm]

  public init(_ choices: [String: ConvolutionAlgorithm] = [:]) { self.choices = choices }

  /// By shape where nothing was measured at all.
  public var choice: AlgorithmChoice { choices.isEmpty ? .byShape : .measured(self) }

  public subscript(task: ConvolutionTask) -> ConvolutionAlgorithm? { choices[task.description] }
}
