import LeptonValues

/// A data set as named arrays in one `.npz` file.
enum NPZSource {
  /// Features under `x_train`, `x`, `images` or `features`, labels under the like name with `y` or
  /// `labels`; `x_test` and `y_test` if there are any. Images are `u8[N, H, W]` or
  /// `u8[N, C, H, W]`, tables `[N, F]`.
  static func open(_ path: String, name: String) throws -> DataBundle {
    let arrays = try NPZ.read(path)
    let highest = ["y_train", "y", "labels", "y_val", "y_test"]
      .compactMap { arrays[$0]?.doubles.max() }.max()
    let classes = (0...max(1, Int(min(highest ?? 0, 65_535)))).map(String.init)
    func part(_ pairs: [(String, String)]) throws -> Dataset? {
      guard let pair = pairs.first(where: { arrays[$0.0] != nil }) else { return nil }
      guard let features = arrays[pair.0], let labels = arrays[pair.1] else {
        throw LeptonError(
          .badInput, "there is \"\(pair.0)\" but no \"\(pair.1)\"", at: path,
          fix: "save both in the one file")
      }
      return try dataset(features, labels, classes: classes, origin: path)
    }
    let pairs = [("x_train", "y_train"), ("x", "y"), ("images", "labels"), ("features", "labels")]
    guard let train = try part(pairs) else {
      throw LeptonError(
        .badInput, "no features are among its arrays: \(arrays.keys.sorted())", at: path,
        fix: "name them x_train and y_train, or x and y")
    }
    return DataBundle(
      name: name, train: train, validation: try part([("x_val", "y_val")]),
      test: try part([("x_test", "y_test")]))
  }

  private static func dataset(
    _ features: TensorData, _ labels: TensorData, classes: [String], origin: String
  ) throws -> Dataset {
    guard labels.shape.rank == 1, [.u8, .i8, .i32, .i64].contains(labels.dtype),
      features.shape.rank >= 2
    else {
      throw LeptonError(
        .badInput, "features are \(features.type) and labels \(labels.type)", at: origin,
        fix: "give features [N, ...] and whole-number labels [N]")
    }
    let indices = labels.converted(to: .i32)
    let s = features.shape
    switch (s.rank, features.dtype) {
    case (3, .u8), (4, .u8):
      let images = s.rank == 4 ? features : features.reshaped(to: [s[0], 1, s[1], s[2]])
      return try Dataset(
        features: images, labels: indices, classes: classes, kind: .image, origin: origin)
    case (2, _):
      return try Dataset(
        features: features.converted(to: .f32), labels: indices, classes: classes,
        featureNames: (0..<s[1]).map { "column\($0 + 1)" }, kind: .table, origin: origin)
    default:
      throw LeptonError(
        .badInput, "features are \(features.type)", at: origin,
        fix: "give u8[N, H, W], u8[N, C, H, W] or a table [N, F]")
    }
  }
}
