package import LeptonData
package import LeptonGraph
package import LeptonValues

/// What a trained model wants to be given: images as they are stored, rows of a table, or tensors.
package struct ModelInput {
  package let port: Graph.Port
  /// Of the input, at the batch size that the model was read with.
  package let type: TensorType
  /// What the columns of a table mean; nil where the file does not say.
  package let schema: TableSchema?
  /// How images of other sizes become what it takes.
  package let fit: ImageFit
  /// Numbers for each example, if the model has one output `[N, C]`.
  private let outputCount: Int?
  private let place: String

  /// - Throws: `LeptonError` of kind `badInput` where a file cannot become the model's input.
  package init(_ model: Model) throws {
    place = model.facts.name
    let ports = model.graph.dataInputs
    guard let port = ports.first, ports.count == 1 else {
      throw LeptonError(
        .badInput, "it has \(ports.count) inputs, and files would be only one", at: place,
        fix: "give tensors to lepton infer")
    }
    self.port = port
    schema = try model.facts.preprocessing[TableSchema.factsKey].map { [place] in
      try TableSchema(json: $0, at: place)
    }
    fit = try ImageFit(facts: model.facts.preprocessing, at: place)
    type = model.graph.type(of: port.value)
    guard let batch = type.shape.first, batch > 0 else {
      throw LeptonError(
        .badInput, "input '\(port.name)' is \(type), which has no axis of examples", at: place,
        fix: "give tensors to lepton infer")
    }
    let outputs = model.graph.dataOutputs.map { model.graph.type(of: $0.value).shape }
    outputCount = outputs.count == 1 && outputs[0].rank == 2 ? outputs[0][1] : nil
    guard schema.map({ isTable && $0.width == type.shape[1] }) ?? true else {
      throw LeptonError(
        .badInput,
        "its schema is of rows of \(schema?.width ?? 0), its input '\(port.name)' is \(type)",
        at: place, fix: "save the model again")
    }
  }

  /// `u8[N, C, H, W]`
  package var isImage: Bool { type.dtype == .u8 && type.shape.rank == 4 }
  /// Whether it would take images with the right nodes before it.
  var couldBeImage: Bool {
    type.dtype.isFloatingPoint && type.shape.rank == 4 && [1, 3].contains(type.shape[1])
  }
  /// `f32[N, F]`
  package var isTable: Bool { type.dtype == .f32 && type.shape.rank == 2 }

  /// One example, without the batch.
  package var exampleShape: Shape { Shape(Array(type.shape.dropFirst())) }

  /// How data must be read for the model.
  package var dataOptions: DataOptions {
    guard isImage else {
      return isTable
        ? DataOptions(schema: schema)
        : DataOptions(tensors: type.dtype, classCount: outputCount)
    }
    return DataOptions(
      imageSize: DataOptions.ImageSize(height: type.shape[2], width: type.shape[3]), fit: fit,
      colour: colour)
  }

  package var colour: DataOptions.Colour { type.shape[1] == 3 ? .rgb : .grey }

  /// Whether examples of a data set are what the model takes.
  package func check(_ data: Dataset) throws {
    guard data.exampleShape == exampleShape, data.features.dtype == type.dtype else {
      throw LeptonError(
        .badInput,
        "examples are \(data.features.dtype)\(data.exampleShape), the model takes "
          + "\(type.dtype)\(exampleShape)", at: data.origin,
        fix: isImage || isTable
          ? "give data of the kind that it was trained on"
          : "give a .npz with x \(type.dtype)[N, ...] and y i64[N]")
    }
  }
}
