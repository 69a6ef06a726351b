import Lepton
import LeptonData
import LeptonGraph
import LeptonValues

/// How images become the input of a model that does not say so itself.
struct ImageFacts {
  private let order: ChannelOrder?
  private let range: Double?
  private let mean: [Double]?
  private let std: [Double]?
  private let shape: ImageFit.Shape?
  private let sampling: ImageFit.Sampling?

  /// The keys of `image`.
  init(_ reader: SettingsReader) throws {
    order = try reader.optionalChoice(
      "channel_order", means: "order of colours that the network expects; rgb by default")
    range = try reader.optionalNumber(
      "range", in: 1e-3...65_536, means: "what the brightest is to the network; 1 by default")
    mean = try reader.optionalNumbers(
      "mean", in: -65_536...65_536,
      means: "mean of each channel, in that range; 0 by default")
    std = try reader.optionalNumbers(
      "std", in: 1e-6...65_536, means: "standard deviation of each channel; 1 by default")
    shape = try reader.optionalChoice(
      "fit", means: "how images of other proportions are fitted; stretch by default")
    sampling = try reader.optionalChoice(
      "resize", means: "how pixels are interpolated; antialiased by default")
  }

  func applied(to model: Model) throws -> Model {
    var result = try takingPixels(model)
    var fit = try ImageFit(facts: model.facts.preprocessing)
    fit.shape = shape ?? fit.shape
    fit.sampling = sampling ?? fit.sampling
    result.facts.preprocessing.merge(fit.facts) { $1 }
    return result
  }

  /// The model on bytes; as it is where it takes them already.
  private func takingPixels(_ model: Model) throws -> Model {
    let input = model.graph.dataInputs.first.map { model.graph.type(of: $0.value) }
    let isStated = order != nil || range != nil || mean != nil || std != nil
    if let input, input.dtype == .u8, input.shape.rank == 4 {
      guard !isStated else {
        throw LeptonError(
          .badInput, "the model takes images as they are stored: \(input)", at: "image",
          fix: "leave out channel_order, range, mean and std")
      }
      return model
    }
    let shape = input?.shape ?? []
    guard shape.rank == 4, [1, 3].contains(shape[1]) || [1, 3].contains(shape[3]) else {
      throw LeptonError(
        .badInput, "the model's input is \(input.map { "\($0)" } ?? "none"), and no images",
        at: "image",
        fix: "leave image out; images are [N, C, H, W] or [N, H, W, C] with one channel or three")
    }
    let unit = 255 / (range ?? 1)
    let mean = mean ?? [0]
    let std = std ?? [1]
    var result = try model.withImagePreprocessing(
      mean: mean.map { $0 * unit }, std: std.map { $0 * unit }, order: order ?? .rgb)
    result.facts.preprocessing.merge([
      "in_graph": "(x - mean) / std", "mean": "\(mean)", "std": "\(std)", "range": "\(range ?? 1)",
      "channel_order": (order ?? .rgb).rawValue, "kind": Dataset.Kind.image.rawValue,
    ]) { $1 }
    return result
  }
}
