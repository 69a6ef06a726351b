public import LeptonValues

/// How to read data where the files leave a choice.
public struct DataOptions: Sendable, Hashable, Codable {
  /// Rows and columns of pixels.
  public struct ImageSize: Sendable, Hashable, Codable {
    public var height: Int
    public var width: Int

    public init(height: Int, width: Int) {
      self.height = height
      self.width = width
    }
  }

  public enum Colour: String, Sendable, Hashable, Codable, CaseIterable {
    /// One channel.
    case grey
    /// Three channels: red, green, blue.
    case rgb
  }

  /// Images are brought to this size; nil takes the size of the first.
  public var imageSize: ImageSize?
  /// How they are.
  public var fit: ImageFit
  /// Nil takes that of the first image.
  public var colour: Colour?
  /// The name of the label column; nil takes the last.
  public var label: String?
  /// Whether a table's first line names its columns; nil decides by its content.
  public var header: Bool?
  /// Columns that hold categories though they look like numbers.
  public var categorical: [String]
  /// Columns of free text, whatever they look like.
  public var text: [String]
  /// Columns that are no features.
  public var ignored: [String]
  /// What stands in for missing numbers of a table.
  public var filling: TableSchema.Filling
  /// How many bad rows or files may be skipped; nil allows 100, and no more than one in a hundred.
  public var maxBad: Int?
  /// What the columns mean, where a model knows it already; nil learns it from the training file.
  public var schema: TableSchema?
  /// Arrays are general tensors of this element type, as a model takes them; nil reads two axes as a
  /// table and bytes as images.
  public var tensors: DType?
  /// Arrays have at least so many classes, though not every one may occur among the labels.
  public var classCount: Int?

  public init(
    imageSize: ImageSize? = nil, fit: ImageFit = ImageFit(), colour: Colour? = nil,
    label: String? = nil, header: Bool? = nil, categorical: [String] = [], text: [String] = [],
    ignored: [String] = [],
    filling: TableSchema.Filling = .median, maxBad: Int? = nil, schema: TableSchema? = nil,
    tensors: DType? = nil, classCount: Int? = nil
  ) {
    self.imageSize = imageSize
    self.fit = fit
    self.colour = colour
    self.label = label
    self.header = header
    self.categorical = categorical
    self.text = text
    self.ignored = ignored
    self.filling = filling
    self.maxBad = maxBad
    self.schema = schema
    self.tensors = tensors
    self.classCount = classCount
  }
}
