package import LeptonCompiler
package import LeptonGraph
package import LeptonRuntime
package import LeptonValues

/// A model compiled for several numbers of examples at once. One run at a time, on the engine's thread.
package final class BatchModel {
  package let signature: ModelSignature
  private let model: Model
  private let sizes: BatchSizes
  private let precision: Precision
  private let options: CompileOptions
  private var sessions: [Int: Session] = [:]

  /// Compiles the model for one example, and for the other sizes as far as their weights stay within `eagerBytes`; the
  /// rest are compiled when they are first needed.
  ///
  /// - Parameter mostRows: examples in one run.
  package init(
    _ model: Model, name: String, mostRows: Int, precision: Precision, options: CompileOptions
  ) throws {
    (self.precision, self.options) = (precision, options)
    let single = Self.forOneExample(model)
    let trial = try single.map {
      try ExampleIndependence($0, precision: precision, options: options)
    }
    if let single, let trial, try trial.holds() {
      self.model = single
      sizes = BatchSizes(most: mostRows)
      signature = ModelSignature(name: name, single.graph, isBatched: true)
    } else {
      self.model = model
      sizes = BatchSizes(most: 1)
      signature = ModelSignature(name: name, model.graph, isBatched: false)
    }
    // Compiled already.
    if signature.isBatched, let trial { sessions = [1: trial.one] }
    let weights = model.weights.values.reduce(0) { $0 + $1.type.byteCount }
    for (index, size) in sizes.all.enumerated()
    where index == 0 || weights * (index + 1) <= 256 << 20 {
      try warmUp(size)
    }
  }

  /// The model for one example, where its first axes count examples: every input and output has as many along its first
  /// axis, whatever their number, and nothing else depends on it.
  private static func forOneExample(_ model: Model) -> Model? {
    func types(_ batch: Int) -> (model: Model, rest: [[Int]])? {
      guard let model = try? model.withBatch(batch) else { return nil }
      let ports = model.graph.dataInputs + model.graph.dataOutputs
      let shapes = ports.map { model.graph.type(of: $0.value).shape }
      guard shapes.allSatisfy({ $0.first == batch }) else { return nil }
      return (model, shapes.map { Array($0.dropFirst()) })
    }
    guard let one = types(1), let three = types(3), one.rest == three.rest else { return nil }
    return one.model
  }

  private func session(_ size: Int) throws -> Session {
    if let session = sessions[size] { return session }
    let sized = signature.isBatched && size > 1 ? try model.withBatch(size) : model
    let session = try Session(sized, precision: precision, options: options)
    sessions[size] = session
    return session
  }

  /// The first run of a session touches its memory; it should not be a caller's.
  private func warmUp(_ size: Int) throws {
    let zeros = signature.inputs.map { TensorData(zeros: signature.type(of: $0, rows: size)) }
    _ = try session(size).run(zeros)
  }

  /// Runs requests together: for each its inputs, and for each its outputs back.
  package func run(_ requests: [(rows: Int, inputs: [TensorData])]) throws -> [[TensorData]] {
    guard signature.isBatched else {
      return try requests.map { try session(1).run($0.inputs) }
    }
    let total = requests.reduce(0) { $0 + $1.rows }
    let sizes = sizes.runs(for: total)
    if requests.count == 1, sizes == [total] { return [try session(total).run(requests[0].inputs)] }

    var results = requests.map { request in
      signature.outputs.map { TensorData(zeros: signature.type(of: $0, rows: request.rows)) }
    }
    var rows = RowCursor(requests.map(\.rows))
    for size in sizes {
      let parts = rows.take(size)
      var feeds = signature.inputs.map { TensorData(zeros: signature.type(of: $0, rows: size)) }
      for (index, port) in signature.inputs.enumerated() {
        for part in parts {
          feeds[index].copyRows(
            part.count, of: port.byteCount, from: requests[part.request].inputs[index],
            at: part.first, to: part.place)
        }
      }
      let outputs = try session(size).run(feeds)
      for (index, port) in signature.outputs.enumerated() {
        for part in parts {
          results[part.request][index].copyRows(
            part.count, of: port.byteCount, from: outputs[index], at: part.place, to: part.first)
        }
      }
    }
    return results
  }
}

/// Walks over the rows of several requests as if they were one list.
private struct RowCursor {
  struct Part {
    let request: Int
    /// Its first row in the request, its place in the run, and the number of rows.
    let first: Int
    let place: Int
    let count: Int
  }

  private let counts: [Int]
  private var request = 0
  private var row = 0

  init(_ counts: [Int]) { self.counts = counts }

  /// The next rows, at most `size` of them.
  mutating func take(_ size: Int) -> [Part] {
    var parts: [Part] = []
    var place = 0
    while place < size, request < counts.count {
      let count = min(size - place, counts[request] - row)
      parts.append(Part(request: request, first: row, place: place, count: count))
      place += count
      row += count
      if row == counts[request] { (request, row) = (request + 1, 0) }
    }
    return parts
  }
}

extension TensorData {
  /// Copies rows of `bytes` bytes each.
  fileprivate mutating func copyRows(
    _ count: Int, of bytes: Int, from source: TensorData, at first: Int, to place: Int
  ) {
    withUnsafeMutableBytes { target in
      source.withUnsafeBytes { source in
        UnsafeMutableRawBufferPointer(rebasing: target[(place * bytes)..<((place + count) * bytes)])
          .copyMemory(
            from: UnsafeRawBufferPointer(
              rebasing: source[(first * bytes)..<((first + count) * bytes)]))
      }
    }
  }
}
