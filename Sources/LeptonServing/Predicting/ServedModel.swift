import Lepton
import LeptonData
package import LeptonGraph
import LeptonOps
package import LeptonValues

/// What people want to know of a served model, and what it says of their images and rows.
package struct ServedModel: Sendable {
  private let name: String
  private let facts: Model.Facts
  private let parameterCount: Int
  /// Nil for a model that takes prepared tensors only.
  private let input: ModelInput?
  private let mostPixels: Int
  /// Of detectors.
  private let decoder: BoxDecoder?

  /// - Parameter model: for one example.
  /// - Throws: `LeptonError` of kind `badInput` for a detector whose output is not what its facts say.
  package init(_ model: Model, name: String, mostPixels: Int) throws {
    self.name = name
    self.mostPixels = mostPixels
    facts = model.facts
    parameterCount = model.parameterCount
    decoder = try model.facts.detection.map { try BoxDecoder($0, of: model) }
    let input = model.graph.dataOutputs.count == 1 ? try? ModelInput(model) : nil
    self.input = input.flatMap { $0.isImage || $0.isTable ? $0 : nil }
  }

  /// Examples that were posted, one after the other.
  package struct Examples: Sendable {
    package let tensor: TensorData
    package let count: Int
    /// For each the image that it was made of; nil where it is a row.
    fileprivate let images: [InputFiles.SourceImage?]
  }

  // MARK: In

  /// The examples of a body: an image (PNG or JPEG), rows as CSV with a header, or rows as JSON, `{"rows": [{...}]}`.
  ///
  /// - Throws: `Refusal` that says what is wrong with them.
  package func examples(of body: [UInt8], type: String) throws -> Examples {
    guard let input else {
      throw Refusal.bad("this model takes prepared tensors, neither images nor rows; use infer")
    }
    var files = InputFiles(input)
    do {
      if input.isImage {
        try files.add(image(body, input), named: "the image")
      } else {
        let isJSON = type.lowercased().contains("json")
        try files.add(
          csv: isJSON ? PostedRows(json: body, columns: columns(input)).csv : body,
          named: "rows")
      }
    } catch let error as LeptonError where error.kind == .badInput {
      throw Refusal.bad(error.description)
    } catch let fault as JSONScanner.Fault {
      throw fault.refusal
    }
    guard let first = files.examples.first else { throw Refusal.bad("there are no rows") }
    var tensor = TensorData(
      zeros: TensorType(first.dtype, Shape([files.examples.count] + first.shape.extents)))
    tensor.withUnsafeMutableBytes { target in
      for (index, example) in files.examples.enumerated() {
        example.withUnsafeBytes {
          UnsafeMutableRawBufferPointer(rebasing: target[(index * $0.count)...]).copyMemory(
            from: $0)
        }
      }
    }
    return Examples(tensor: tensor, count: files.examples.count, images: files.images)
  }

  private func image(_ bytes: [UInt8], _ input: ModelInput) throws -> Image {
    if let size = ImageHeader.size(of: bytes) {
      let (pixels, overflows) = size.width.multipliedReportingOverflow(by: size.height)
      guard !overflows, pixels <= mostPixels else {
        throw Refusal(
          413, "the image has \(size.width) x \(size.height) pixels, more than \(mostPixels)")
      }
    }
    return try Image.decode(bytes, colour: input.colour, name: "the image")
  }

  // MARK: Out

  /// What the model says of the examples.
  package func answer(_ output: TensorData, to examples: Examples) -> [UInt8] {
    var json = JSONWriter()
    json.object { json in
      json.member("model_name", name)
      json.member("model_version", ModelSignature.version)
      json.member("predictions") { json in
        json.array { json in
          if let decoder {
            for (found, image) in zip(decoder.boxes(in: output), examples.images) {
              if let image { write(found.compactMap { $0.inPixels(of: image) }, image, &json) }
            }
          } else {
            let values = output.doubles
            let width = values.count / max(examples.count, 1)
            for row in 0..<examples.count {
              write(Array(values[(row * width)..<((row + 1) * width)]), &json)
            }
          }
        }
      }
    }
    return json.bytes
  }

  /// What was found in an image, in its pixels, best first.
  private func write(
    _ boxes: [FoundBox], _ image: InputFiles.SourceImage, _ json: inout JSONWriter
  ) {
    json.object { json in
      json.member("width", image.width)
      json.member("height", image.height)
      json.member("boxes") { json in
        json.array { json in
          for found in boxes {
            json.object { json in
              json.member("label", label(found.label))
              json.member("class", found.label)
              for (name, value) in [
                ("score", found.score), ("x1", found.box.low.x), ("y1", found.box.low.y),
                ("x2", found.box.high.x), ("y2", found.box.high.y),
              ] {
                json.member(name) { $0.real(value) }
              }
            }
          }
        }
      }
    }
  }

  private func write(_ outputs: [Double], _ json: inout JSONWriter) {
    let prediction = Predictor.Prediction(outputs, isRegression: facts.task == "regression")
    let probabilities = prediction.probabilities
    // A stable order, also where probabilities are not numbers.
    let order = probabilities.indices.sorted {
      probabilities[$0] != probabilities[$1]
        ? probabilities[$0] > probabilities[$1] : $0 < $1
    }
    json.object { json in
      if let best = order.first {
        json.member("label", label(best))
        json.member("probability") { Self.number(probabilities[best], &$0) }
      }
      json.member("classes") { json in
        json.array { json in
          for index in order {
            json.object {
              $0.member("label", label(index))
              $0.member("probability") { Self.number(probabilities[index], &$0) }
            }
          }
        }
      }
      json.member("outputs") { json in
        json.array { json in for value in outputs { Self.number(value, &json) } }
      }
    }
  }

  private func label(_ index: Int) -> String {
    facts.labels.name(of: index)
  }

  private static func number(_ value: Double, _ json: inout JSONWriter) {
    if value.isFinite { json.real(Float(value)) } else { json.null() }
  }

  // MARK: Facts

  /// The card itself, as the page shows it.
  package var json: [UInt8] {
    var json = JSONWriter()
    json.object { json in
      json.member("name", name)
      json.member("version", ModelSignature.version)
      json.member("task", facts.task)
      json.member("labels", facts.labels)
      json.member("parameters", parameterCount)
      json.member("input") { json in
        json.object { json in
          if let input, input.isImage {
            json.member("kind", "image")
            json.member("channels", input.type.shape[1])
            json.member("height", input.type.shape[2])
            json.member("width", input.type.shape[3])
          } else if let input {
            json.member("kind", "row")
            json.member("columns") { write(columns(input), &$0) }
          } else {
            json.member("kind", "tensors")
          }
        }
      }
      json.member("metrics") { json in
        json.object { json in
          for (name, value) in facts.metrics.sorted(by: { $0.key < $1.key }) where value.isFinite {
            json.member(name) { $0.real(value) }
          }
        }
      }
    }
    return json.bytes
  }

  var takesImages: Bool { input?.isImage ?? false }
  /// Nil where the model takes no rows.
  var rowColumns: [TableSchema.Column]? { input.flatMap { $0.isTable ? columns($0) : nil } }

  private func columns(_ input: ModelInput) -> [TableSchema.Column] {
    input.schema?.columns
      ?? (1...max(1, input.exampleShape.elementCount)).map { .init("column \($0)", .numeric) }
  }

  private func write(_ columns: [TableSchema.Column], _ json: inout JSONWriter) {
    json.array { json in
      for column in columns {
        json.object { json in
          json.member("name", column.name)
          json.member("kind", column.kind.rawValue)
          if column.kind == .categorical { json.member("values", column.values) }
        }
      }
    }
  }
}
