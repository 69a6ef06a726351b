import LeptonData

/// What a request for inference says around its data.
struct Envelope {
  private let model: ModelSignature
  var id: String?
  var inputs: [StatedInput]?
  private var outputs: [StatedOutput] = []
  private var allBinary = false
  /// In nanoseconds.
  private(set) var timeout: Int?

  private struct StatedOutput {
    var name = ""
    var isBinary: Bool?
  }

  init(for model: ModelSignature) { self.model = model }

  mutating func read(_ json: inout JSONScanner) throws {
    try json.object { json, name in
      switch name {
      case "id": id = try json.string()
      case "inputs":
        var inputs: [StatedInput] = []
        try json.array { inputs.append(try input(&$0)) }
        self.inputs = inputs
      case "outputs":
        try json.array { outputs.append(try Self.output(&$0)) }
      case "parameters": try readParameters(&json)
      default: try json.skip()
      }
    }
    if let id, id.unicodeScalars.count > 1024 {
      throw Refusal.bad("the id is longer than 1024 characters")
    }
  }

  private mutating func readParameters(_ json: inout JSONScanner) throws {
    try json.object { json, name in
      switch name {
      case "binary_data_output": allBinary = try json.bool()
      case "timeout":
        let microseconds = try json.wholeNumber()
        guard microseconds >= 0 else { throw Refusal.bad("timeout is \(microseconds)") }
        let (nanoseconds, overflows) = microseconds.multipliedReportingOverflow(by: 1000)
        timeout = microseconds == 0 ? nil : overflows ? Int.max : nanoseconds
      default: try json.skip()
      }
    }
  }

  private func input(_ json: inout JSONScanner) throws -> StatedInput {
    var input = StatedInput()
    var hasName = false
    try json.object { json, name in
      switch name {
      case "name":
        input.name = try json.string()
        hasName = true
      case "datatype": input.datatype = try json.string()
      case "shape":
        var shape: [Int] = []
        try json.array { shape.append(try $0.wholeNumber()) }
        input.shape = shape
      case "parameters":
        try json.object { json, name in
          switch name {
          case "binary_data_size":
            let count = try json.wholeNumber()
            guard count >= 0 else { throw Refusal.bad("binary_data_size is \(count)") }
            input.binaryCount = count
          case "shared_memory_region": throw Self.noSharedMemory
          default: try json.skip()
          }
        }
      case "data":
        // Clients state the type first; then the elements are read where they stand.
        if let elements = try input.elements(of: model) {
          input.tensor = try elements.read(&json)
        } else {
          input.data = try json.skip()
        }
      default: try json.skip()
      }
    }
    guard hasName else { throw Refusal.bad("an input has no name") }
    return input
  }

  private static func output(_ json: inout JSONScanner) throws -> StatedOutput {
    var output = StatedOutput()
    var hasName = false
    try json.object { json, name in
      switch name {
      case "name":
        output.name = try json.string()
        hasName = true
      case "parameters":
        try json.object { json, name in
          switch name {
          case "binary_data": output.isBinary = try json.bool()
          case "shared_memory_region": throw noSharedMemory
          case "classification":
            throw Refusal.bad("outputs are not classified here; ask for the tensor")
          default: try json.skip()
          }
        }
      default: try json.skip()
      }
    }
    guard hasName else { throw Refusal.bad("an output has no name") }
    return output
  }

  private static var noSharedMemory: Refusal { .bad("tensors in shared memory are not taken") }

  /// The outputs that the caller wants; all of them where he names none.
  func wanted(of model: ModelSignature) throws -> [InferRequest.Output] {
    var wanted: [InferRequest.Output] = []
    for output in outputs {
      guard let index = model.outputs.firstIndex(where: { $0.name == output.name }) else {
        throw Refusal.bad(
          "the model has no output \(quoted(output.name)); it gives "
            + model.outputs.map { quoted($0.name) }.joined(separator: ", "))
      }
      guard !wanted.contains(where: { $0.index == index }) else {
        throw Refusal.bad("output \(quoted(output.name)) occurs twice")
      }
      wanted.append(.init(index: index, isBinary: output.isBinary ?? allBinary))
    }
    if wanted.isEmpty {
      wanted = model.outputs.indices.map { .init(index: $0, isBinary: allBinary) }
    }
    for output in wanted where !output.isBinary {
      let port = model.outputs[output.index]
      guard Datatype.hasJSON(port.dtype) else {
        throw Refusal.bad(
          "output \(quoted(port.name)) is \(Datatype.name(of: port.dtype)), which has no form in "
            + "JSON; ask for binary_data")
      }
    }
    return wanted
  }
}
