package import LeptonValues

/// A data set as named arrays in one `.npz` file, or as two `.npy` files.
enum NPZSource {
  /// Features under `x_train`, `x`, `images` or `features`, labels under the like name with `y` or
  /// `labels`; `x_val`, `y_val`, `x_test` and `y_test` if there are any. Images are `u8[N, H, W]` or
  /// `u8[N, C, H, W]`, tables `[N, F]`, everything else general tensors.
  static func open(_ path: String, name: String, options: DataOptions) throws -> DataBundle {
    let arrays = try NPZ.read(path)
    let labelNames = ["y_train", "y", "labels", "y_val", "y_test"]
    let classes = classes(labelNames.compactMap { arrays[$0] }, options)
    func part(_ pairs: [(String, String)]) throws -> Dataset? {
      guard let pair = pairs.first(where: { arrays[$0.0] != nil }) else { return nil }
      guard let features = arrays[pair.0], let labels = arrays[pair.1] else {
        throw LeptonError(
          .badInput, "there is \"\(pair.0)\" but no \"\(pair.1)\"", at: path,
          fix: "save both in the one file")
      }
      return try dataset(features, labels, classes: classes, options, origin: path)
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

  /// One part, from two files.
  static func open(
    features: String, labels: String, name: String, options: DataOptions
  ) throws -> DataBundle {
    let indices = try NPY.read(labels)
    let train = try dataset(
      NPY.read(features), indices, classes: classes([indices], options), options, origin: features)
    return DataBundle(name: name, train: train)
  }

  /// `0`, `1` and so on, up to the highest label.
  private static func classes(_ labels: [TensorData], _ options: DataOptions) -> [String] {
    let whole = labels.filter { !$0.dtype.isFloatingPoint }
    let highest = whole.compactMap { $0.doubles.max() }.max() ?? 0
    let count = max(2, Int(min(highest, 65_535)) + 1, options.classCount ?? 0)
    return (0..<count).map(String.init)
  }

  private static func dataset(
    _ features: TensorData, _ labels: TensorData, classes: [String], _ options: DataOptions,
    origin: String
  ) throws -> Dataset {
    guard labels.shape.rank == 1, [.u8, .i8, .i32, .i64].contains(labels.dtype),
      features.shape.rank >= 1
    else {
      throw LeptonError(
        .badInput, "features are \(features.type) and labels \(labels.type)", at: origin,
        fix: "give features [N, ...] and whole-number labels [N]")
    }
    let indices = labels.converted(to: .i32)
    if let dtype = options.tensors {
      return try Dataset(
        features: features.converted(exactlyTo: dtype, at: origin), labels: indices,
        classes: classes, kind: .tensor, origin: origin)
    }
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
      return try Dataset(
        features: features, labels: indices, classes: classes, kind: .tensor, origin: origin)
    }
  }
}

extension TensorData {
  /// The same numbers as a model takes them: whole numbers stay whole, and all of them must fit.
  package func converted(exactlyTo dtype: DType, at origin: String) throws -> TensorData {
    guard dtype != self.dtype else { return self }
    let result = converted(to: dtype)
    let fits =
      self.dtype.isFloatingPoint
      ? dtype.isFloatingPoint : !dtype.isFloatingPoint && result.doubles == doubles
    guard fits else {
      throw LeptonError(
        .badInput, "the elements are \(self.dtype), the model takes \(dtype)", at: origin,
        fix: "convert them with .astype in NumPy")
    }
    return result
  }
}
