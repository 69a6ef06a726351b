package import LeptonGraph
package import LeptonValues

/// What a served model takes and gives: the names and types by which requests are checked.
package struct ModelSignature: Hashable, Sendable {
  package struct Port: Hashable, Sendable {
    package let name: String
    package let dtype: DType
    /// Of one example where examples are batched, else of the whole tensor.
    package let shape: Shape

    /// Bytes of one example, or of the whole tensor.
    package var byteCount: Int { shape.elementCount * dtype.byteCount }
  }

  /// `[A-Za-z0-9._-]`, at most 128 of them.
  package let name: String
  /// Whether the first axis counts examples, as many as the caller likes.
  package let isBatched: Bool
  package let inputs: [Port]
  package let outputs: [Port]

  package static let version = "1"
  package static let platform = "lepton_onnx"

  /// Of a graph for one example where `isBatched`.
  package init(name: String, _ graph: Graph, isBatched: Bool) {
    self.name = name
    self.isBatched = isBatched
    func ports(_ ports: [Graph.Port]) -> [Port] {
      ports.map { port in
        let type = graph.type(of: port.value)
        return Port(
          name: port.name, dtype: type.dtype,
          shape: isBatched ? Shape(Array(type.shape.dropFirst())) : type.shape)
      }
    }
    inputs = ports(graph.dataInputs)
    outputs = ports(graph.dataOutputs)
  }

  /// The type of an input or output with so many examples.
  package func type(of port: Port, rows: Int) -> TensorType {
    TensorType(port.dtype, isBatched ? Shape([rows] + port.shape.extents) : port.shape)
  }

  /// The shape as clients read it: -1 where any extent will do.
  package func openShape(of port: Port) -> [Int] {
    isBatched ? [-1] + port.shape.extents : port.shape.extents
  }

  /// Whether `name` can be a model's.
  package static func isName(_ name: some StringProtocol) -> Bool {
    (1...128).contains(name.utf8.count) && name != "." && name != ".."
      && name.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"),
          UInt8(ascii: "-"):
          true
        default: false
        }
      }
  }

  /// `text` with a dash for everything that a name may not have.
  package static func name(from text: String) -> String {
    let name = String(text.prefix(128).map { isName(String($0) + "a") ? $0 : "-" })
    return isName(name) ? name : "model"
  }

  /// The answer to a request for the model's metadata.
  package var metadata: [UInt8] {
    var json = JSONWriter()
    func ports(_ json: inout JSONWriter, _ ports: [Port]) {
      json.array { json in
        for port in ports {
          json.object {
            $0.member("name", port.name)
            $0.member("datatype", Datatype.name(of: port.dtype))
            $0.member("shape", openShape(of: port))
          }
        }
      }
    }
    json.object {
      $0.member("name", name)
      $0.member("versions", [Self.version])
      $0.member("platform", Self.platform)
      $0.member("inputs") { ports(&$0, inputs) }
      $0.member("outputs") { ports(&$0, outputs) }
    }
    return json.bytes
  }
}
