package import LeptonData
package import LeptonGraph
package import LeptonValues

/// What a trained model wants to be given: images as they are stored, or rows of a table.
package struct ModelInput {
  package let port: Graph.Port
  /// Of the input, at the batch size that the model was read with.
  package let type: TensorType
  /// What the columns of a table mean; nil where the file does not say.
  package let schema: TableSchema?
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
    type = model.graph.type(of: port.value)
    guard isImage || isTable else {
      throw LeptonError(
        .badInput, "input '\(port.name)' is \(type), which is neither u8 images nor f32 rows",
        at: place, fix: "give prepared tensors to lepton infer")
    }
    guard schema.map({ $0.width == type.shape[1] }) ?? true else {
      throw LeptonError(
        .badInput,
        "its schema is of rows of \(schema?.width ?? 0), its input '\(port.name)' is \(type)",
        at: place, fix: "save the model again")
    }
  }

  /// `u8[N, C, H, W]`
  package var isImage: Bool { type.dtype == .u8 && type.shape.rank == 4 }
  /// `f32[N, F]`
  package var isTable: Bool { type.dtype == .f32 && type.shape.rank == 2 }

  /// One example, without the batch.
  package var exampleShape: Shape { Shape(Array(type.shape.dropFirst())) }

  /// How data must be read for the model.
  package var dataOptions: DataOptions {
    guard isImage else { return DataOptions(schema: schema) }
    return DataOptions(
      imageSize: DataOptions.ImageSize(height: type.shape[2], width: type.shape[3]),
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
        fix: "give data of the kind that it was trained on")
    }
  }
}
