import Foundation
import LeptonData
package import LeptonValues

/// The examples of a file, as the model takes them, each with a name.
package struct InputFiles {
  private let input: ModelInput
  /// The columns of a table model, in order; empty where they are not known.
  private let columns: [String]
  package private(set) var names: [String] = []
  package private(set) var examples: [TensorData] = []

  package init(_ input: ModelInput, columns: [String]) {
    self.input = input
    self.columns = columns
  }

  /// Reads PNG, JPEG, IDX, `.npy` and, for tables, CSV.
  package mutating func add(_ path: String) throws {
    let name = path.lowercased()
    if name.hasSuffix(".npy") {
      try add(tensor: NPY.read(path), path)
    } else if name.contains("idx") && (name.contains("ubyte") || name.hasSuffix(".gz")) {
      try add(tensor: IDX.read(path), path)
    } else if input.isTable {
      try add(rows: path)
    } else if !input.isImage {
      throw LeptonError(
        .badInput, "the model takes tensors \(input.type.dtype)\(input.exampleShape)", at: path,
        fix: "give a .npy file with one example, or several along a first axis")
    } else {
      let image = try Image.read(path, colour: input.colour)
        .resized(height: input.type.shape[2], width: input.type.shape[3])
      add(image.tensor, named: path)
    }
  }

  private mutating func add(_ example: TensorData, named name: String) {
    names.append(name)
    examples.append(example)
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

  /// The rows of a CSV file whose columns are the model's features: by name where the file names them, else in order.
  private mutating func add(rows path: String) throws {
    let table = try TextTable(CSV.parse(Gzip.readFile(path), name: path), name: path)
    let width = input.exampleShape.elementCount
    let isNamed = !columns.isEmpty && columns.contains { table.columns.contains($0) }
    guard isNamed || table.columns.count == width else {
      throw LeptonError(
        .badInput, "the rows have \(table.columns.count) columns, the model takes \(width)",
        at: path, fix: columns.isEmpty ? "" : "it was trained on \(columns.joined(separator: ", "))"
      )
    }
    let places =
      try isNamed ? columns.map { try table.index(of: $0) } : Array(table.columns.indices)
    for (index, row) in table.rows.enumerated() {
      let values = try places.map { place -> Float in
        guard let value = Float(row[place].text), value.isFinite else {
          throw LeptonError(
            .badInput, "\"\(row[place].text)\" is not a number",
            at: "\(path):\(row[place].line):\(row[place].column)", fix: "correct it")
        }
        return value
      }
      add(TensorData(values, shape: Shape([width])), named: "\(path)[\(index)]")
    }
  }
}
