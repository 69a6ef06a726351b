import Foundation
package import LeptonData
package import LeptonValues

/// The examples of a file, as the model takes them, each with a name.
package struct InputFiles {
  private let input: ModelInput
  package private(set) var names: [String] = []
  package private(set) var examples: [TensorData] = []
  /// For each example, the image that it was made of; nil where the model takes no images.
  package private(set) var images: [SourceImage?] = []
  /// Files of a folder that could not be read.
  package private(set) var skipped: [Skipped] = []
  /// What the user should know of the files, a sentence each.
  package private(set) var notes: [String] = []

  /// An image as it was, upright, and where its pixels are in what the model is given.
  package struct SourceImage: Sendable {
    /// Nil where it came as a tensor.
    package let file: String?
    package let width: Int
    package let height: Int
    package let placement: ImageFit.Placement
  }

  package struct Skipped: Encodable {
    package let file: String
    package let reason: String
  }

  package init(_ input: ModelInput) { self.input = input }

  /// Reads PNG, JPEG, IDX, `.npy` and, for models of tables, CSV, TSV and JSON lines.
  /// Of a folder, the files of the model's kind at any depth.
  package mutating func add(_ path: String) throws {
    let name = path.lowercased()
    if ImageFiles.isFolder(path) {
      try add(folder: path)
    } else if name.hasSuffix(".npy") {
      try add(tensor: NPY.read(path), path)
    } else if name.contains("idx") && (name.contains("ubyte") || name.hasSuffix(".gz")) {
      try add(tensor: IDX.read(path), path)
    } else if input.isTable {
      try add(rows: TableReader(TableFile(path)), path)
    } else if !input.isImage {
      throw LeptonError(
        .badInput, "the model takes tensors \(input.type.dtype)\(input.exampleShape)", at: path,
        fix: "give a .npy file with one example, or several along a first axis"
          + (input.couldBeImage ? "; or say by --facts how images become such tensors" : ""))
    } else {
      add(try Image.read(path, colour: input.colour), named: path)
    }
  }

  /// Files that cannot be read are passed over and told of, as long as there are others.
  private mutating func add(folder: String) throws {
    let found = try ImageFiles(below: folder)
    let files =
      input.isImage
      ? found.images
      : found.others.filter { input.isTable ? TableFile.isTable($0) : $0.hasSuffix(".npy") }
    guard !files.isEmpty else {
      throw LeptonError(
        .badInput, "there is nothing in the folder that the model takes", at: folder,
        fix: input.isImage
          ? "give PNG or JPEG files"
          : input.isTable ? "give CSV, TSV or JSON lines" : "give .npy files")
    }
    let first = names.count
    var refusals: [LeptonError] = []
    for file in files {
      do {
        try add(file)
      } catch let error as LeptonError where [.badInput, .io].contains(error.kind) {
        refusals.append(error)
        skipped.append(Skipped(file: file, reason: error.what))
        notes.append("\(file) was passed over: \(error.what)")
      }
    }
    if names.count == first, let refusal = refusals.first { throw refusal }
  }

  /// An image of any size.
  package mutating func add(_ image: Image, named name: String) {
    let (height, width) = (input.type.shape[2], input.type.shape[3])
    let source = SourceImage(
      file: name, width: image.width, height: image.height,
      placement: input.fit.placement(
        of: (image.width, image.height), height: height, width: width))
    add(input.fit.applied(to: image, height: height, width: width).tensor, of: source, named: name)
  }

  private mutating func add(
    _ example: TensorData, of image: SourceImage? = nil, named name: String
  ) {
    names.append(name)
    examples.append(example)
    images.append(image ?? (input.isImage ? SourceImage(tensor: example.shape) : nil))
  }

  /// The image that an example was made of.
  package func picture(of index: Int) throws -> Image {
    try images[index]?.file.map { try Image.read($0, colour: .rgb) }
      ?? Image(planar: examples[index])
  }

  /// One example, or several along the first axis; images may leave out the axis of one channel.
  private mutating func add(tensor: TensorData, _ path: String) throws {
    let wanted = input.exampleShape
    let squeezed = wanted.first == 1 ? Shape(Array(wanted.dropFirst())) : wanted
    let tensor = try tensor.converted(exactlyTo: input.type.dtype, at: path)
    if tensor.shape == wanted || tensor.shape == squeezed {
      add(tensor.reshaped(to: wanted), named: path)
      return
    }
    let rest = Shape(Array(tensor.shape.dropFirst()))
    guard tensor.shape.rank > 0, rest == wanted || rest == squeezed else {
      throw LeptonError(
        .badInput, "the shape is \(tensor.shape), the model takes examples \(wanted)", at: path,
        fix: "give one example, or several along a first axis")
    }
    let bytes = wanted.elementCount * tensor.dtype.byteCount
    tensor.withUnsafeBytes { all in
      for index in 0..<tensor.shape[0] {
        let slice = UnsafeRawBufferPointer(rebasing: all[(index * bytes)..<((index + 1) * bytes)])
        add(
          TensorData(bytes: slice, type: TensorType(tensor.dtype, wanted)),
          named: "\(path)[\(index)]")
      }
    }
  }

  /// The rows of CSV text with a header.
  package mutating func add(csv bytes: [UInt8], named name: String) throws {
    let file = TableFile(name, format: .csv(CSV.Dialect()))
    try add(rows: TableReader(file, ByteStream(bytes, name: name)), name)
  }

  /// The rows of a table, encoded by the model's schema. Columns that it does not know are passed over, and told of.
  private mutating func add(rows: TableReader, _ path: String) throws {
    var reader = rows
    var encoder = try TableEncoder(schema(of: reader), columns: reader.columns, name: path)
    notes += strangers(among: reader.columns, encoder.schema, path)
    let first = names.count
    while let row = try reader.next() {
      switch row {
      case .flawed(let error): throw error
      case .fields(let fields):
        try encoder.append(fields)
        names.append("\(path)[\(names.count - first)]")
      }
    }
    notes += encoder.unknown.map { unknown in
      "\(unknown.count) of \(names.count - first) values of \"\(unknown.column)\" are unknown to the "
        + "model, the first \"\(unknown.first.text.prefix(40))\" at "
        + "\(path):\(unknown.first.line):\(unknown.first.column)"
    }
    let rows = encoder.features
    let width = rows.shape[1]
    let values = rows.floats
    for start in stride(from: 0, to: values.count, by: width) {
      examples.append(TensorData(Array(values[start..<(start + width)]), shape: [width]))
      images.append(nil)
    }
  }

  /// That of the model; one of numbers where the model has none and the file as many columns.
  private func schema(of reader: TableReader) throws -> TableSchema {
    if let schema = input.schema { return schema }
    let width = input.exampleShape.elementCount
    guard reader.columns.count == width else {
      throw LeptonError(
        .badInput, "the rows have \(reader.columns.count) columns, the model takes \(width)",
        at: reader.file.path, fix: "the model does not say what its columns are; give them in order"
      )
    }
    return TableSchema(numeric: reader.columns, classes: [])
  }

  private func strangers(
    among columns: [String], _ schema: TableSchema, _ path: String
  ) -> [String] {
    columns.filter { !schema.knows($0) }.map {
      "column \"\($0)\" of \(path) is unknown to the model and was passed over"
    }
  }
}

extension InputFiles.SourceImage {
  /// One that is what the model is given.
  fileprivate init(tensor shape: Shape) {
    self.init(
      file: nil, width: shape[2], height: shape[1],
      placement: ImageFit.Placement(scale: SIMD2(1, 1), offset: .zero))
  }
}
