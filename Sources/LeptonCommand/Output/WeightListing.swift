import LeptonFormats
import LeptonNavigator
import LeptonValues

/// The tensors of a file of weights.
struct WeightListing: Answer {
  struct Row: Encodable {
    let name: String
    let shape: [Int]
    let dtype: String
    /// How the file stores it, where that is another type.
    let stored: String?
    let least: Double?
    let largest: Double?
    /// Elements that are NaN or infinite.
    let notFinite: Int
  }

  let format: String
  let tensors: [Row]
  let elements: Int
  let metadata: [String: String]
  let omitted: [String]

  init(_ weights: WeightSet, _ format: FileFormat) {
    self.format = format.rawValue
    tensors = weights.tensors.sorted { $0.key < $1.key }.map { name, tensor in
      let finite = tensor.doubles.filter(\.isFinite)
      return Row(
        name: name, shape: tensor.shape.extents, dtype: tensor.dtype.rawValue,
        stored: weights.widened[name], least: finite.min(), largest: finite.max(),
        notFinite: tensor.elementCount - finite.count)
    }
    elements = weights.elementCount
    metadata = weights.metadata
    omitted = weights.omitted.sorted()
  }

  var text: String {
    var table = Table([
      ("tensor", .prose), ("type", .left), ("least", .right), ("largest", .right), ("", .left),
    ])
    for row in tensors {
      table.add([
        row.name, "\(row.stored ?? row.dtype)\(Shape(row.shape))",
        row.least.map { Figures.digits($0) } ?? "-", row.largest.map { Figures.digits($0) } ?? "-",
        row.notFinite > 0 ? "\(row.notFinite) not finite" : "",
      ])
    }
    var text =
      table.text() + "\(format): \(tensors.count) tensors, \(Figures.count(elements)) elements\n"
    for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
      text += "\(key): \(value.prefix(200))\n"
    }
    if !omitted.isEmpty {
      text += "left out, no tensors: \(omitted.prefix(20).joined(separator: ", "))\n"
    }
    return text
  }
}
