import LeptonData
import LeptonValues

extension Recipe.DataPlan {
  /// The keys of `data`.
  init(_ reader: SettingsReader) throws {
    self.init(
      spec: try reader.requiredString(
        "spec", example: "digits",
        means: "a path, kind:path, or the name of embedded data"))
    validation = try reader.number(
      "validation", default: validation, in: 0.001...0.9,
      means: "share of the training part that validates, where the source has no such part")
    calibration = try reader.number(
      "calibration", default: calibration, in: 0.0001...0.5,
      means: "share of the training part that calibrates quantisation")
    test = try reader.number(
      "test", default: test, in: 0.001...0.9,
      means: "share of all examples that tests, where the source has no such part")
    limit = try reader.optionalInt(
      "limit", in: 10...Int.max, means: "use at most so many examples of the training part")
    seed = UInt64(
      try reader.int(
        "seed", default: 0, in: 0...Int.max, means: "fixes which example is in which part"))
    let size = try reader.optionalPair(
      "image_size", means: "height and width that images are brought to; that of most by default")
    options = DataOptions(
      imageSize: size.map { DataOptions.ImageSize(height: $0.0, width: $0.1) },
      colour: try reader.optionalChoice(
        "colour", means: "channels of images; as most are stored by default"),
      label: try reader.optionalString(
        "label", means: "column of a table that is to be predicted; the last by default"),
      categorical: try reader.strings(
        "categorical", means: "columns of numbers that are names of categories"),
      text: try reader.strings("text", means: "columns of sentences, read as words"),
      ignored: try reader.strings("ignored", means: "columns that are left out"),
      filling: try reader.choice(
        "missing", default: TableSchema.Filling.median,
        means: "what stands for numbers that are missing"),
      maxBad: try reader.optionalInt(
        "max_bad", in: 0...Int.max, means: "rows that cannot be read and are passed over"))
    guard validation + calibration < 1 else {
      throw LeptonError(
        .usage, "validation \(validation) and calibration \(calibration) leave nothing to train on",
        at: "data", fix: "make them smaller")
    }
  }
}
