import LeptonData
import LeptonValues

extension Recipe.DataPlan {
  /// The keys of `data`.
  init(_ reader: SettingsReader) throws {
    self.init(spec: try reader.requiredString("spec", example: "digits"))
    validation = try reader.number("validation", default: validation, in: 0.001...0.9)
    calibration = try reader.number("calibration", default: calibration, in: 0.0001...0.5)
    test = try reader.number("test", default: test, in: 0.001...0.9)
    limit = try reader.optionalInt("limit", in: 10...Int.max)
    seed = UInt64(try reader.int("seed", default: 0, in: 0...Int.max))
    let size = try reader.optionalPair("image_size")
    options = DataOptions(
      imageSize: size.map { DataOptions.ImageSize(height: $0.0, width: $0.1) },
      colour: try reader.optionalChoice("colour"), label: try reader.optionalString("label"),
      categorical: try reader.strings("categorical"), text: try reader.strings("text"),
      ignored: try reader.strings("ignored"),
      filling: try reader.choice("missing", default: TableSchema.Filling.median),
      maxBad: try reader.optionalInt("max_bad", in: 0...Int.max))
    guard validation + calibration < 1 else {
      throw LeptonError(
        .usage, "validation \(validation) and calibration \(calibration) leave nothing to train on",
        at: "data", fix: "make them smaller")
    }
  }
}
