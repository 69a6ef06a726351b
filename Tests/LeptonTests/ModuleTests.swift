import Testing

import Lepton

/// Names, weights and graphs of modules.
@Suite struct ModuleTests {
  struct Net: Module {
    var stem = Conv2D(1, 4, kernel: 3, padding: 1, bias: false)
    var norm = BatchNorm(4)
    var features = Sequential(Relu(), Residual(Dense(5, 5)), Dense(5, 2))
    var branches: [Dense] = [Dense(2, 2), Dense(2, 2)]

    func callAsFunction(_ x: Tensor) -> Tensor {
      let y = features(norm(stem(x)).mean(along: 1, 2))
      return branches[0](y) + branches[1](y)
    }
  }

  static let input = TensorType(.f32, [2, 1, 3, 5])

  @Test("Parameters are named as PyTorch names them, in the order of their declaration")
  func names() throws {
    let model = try Net().model(input: Self.input)
    #expect(
      model.graph.residents.map(\.name) == [
        "stem.weight", "norm.weight", "norm.bias", "norm.running_mean", "norm.running_var",
        "features.1.body.weight", "features.1.body.bias", "features.2.weight", "features.2.bias",
        "branches.0.weight", "branches.0.bias", "branches.1.weight", "branches.1.bias",
      ])
    #expect(model.graph.input(named: "norm.running_mean")?.role == .state)
    try model.verify()
  }

  @Test("Nodes carry the path of the module that made them")
  func scopes() throws {
    let model = try Net().model(input: Self.input)
    let names = model.graph.nodes.map { "\($0.op.name) \($0.name)" }
    #expect(names.first == "conv2d stem")
    #expect(names.contains("batchNorm norm"))
    #expect(names.contains("relu features.0"))
    #expect(names.contains("matmul features.1.body"))
    #expect(names.contains("add features.1"))
    #expect(names.contains("matmul features.2"))
  }

  @Test("A seed fixes all weights; another seed changes them; a new layer leaves the others alone")
  func seeds() throws {
    func weights(_ seed: UInt64, _ layers: any Module...) throws -> [String: TensorData] {
      try Sequential(layers).model(input: TensorType(.f32, [1, 8]), seed: seed).weights
    }
    let first = try weights(1, Dense(8, 8), Dense(8, 8))
    #expect(try weights(1, Dense(8, 8), Dense(8, 8)) == first)
    #expect(try weights(2, Dense(8, 8), Dense(8, 8)) != first)
    #expect(first["0.weight"] != first["1.weight"])
    let more = try weights(1, Dense(8, 8), Dense(8, 8), Dense(8, 3))
    #expect(more["0.weight"] == first["0.weight"])
    #expect(more["1.bias"] == first["1.bias"])
  }

  @Test("Dense starts within 1/√fan-in, and fills that range")
  func kaiming() throws {
    let weights = try Dense(100, 64).model(input: TensorType(.f32, [1, 100])).weights
    let values = weights["weight"]!.doubles
    #expect(values.allSatisfy { abs($0) <= 0.1 })
    #expect(values.max()! > 0.099 && values.min()! < -0.099)
    #expect(abs(values.reduce(0, +) / 6400) < 0.003)
  }

  @Test("A normal initializer has its mean and deviation")
  func normal() {
    let values = Initializer.normal(mean: 2, deviation: 0.5)
      .elements(TensorType(.f32, [20_000]), seed: 5, path: "x").doubles
    let mean = values.reduce(0, +) / 20_000
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 20_000
    #expect(abs(mean - 2) < 0.02)
    #expect(abs(variance.squareRoot() - 0.5) < 0.01)
  }

  @Test("A layer used twice has its weights once")
  func tying() throws {
    let layer = Dense(4, 4)
    let model = try Sequential(layer, Relu(), layer).model(input: TensorType(.f32, [1, 4]))
    #expect(model.graph.parameters.map(\.name) == ["0.weight", "0.bias"])
  }

  @Test("A shape that does not fit throws, and names the layer")
  func mismatch() {
    let error = #expect(throws: LeptonError.self) {
      try Sequential(Dense(4, 8), Sequential(Relu(), Dense(9, 2)))
        .model(input: TensorType(.f32, [1, 4]))
    }
    #expect(error?.place.hasPrefix("1.1") == true, "\(error!)")
    #expect(error?.what.contains("matmul") == true)
  }

  @Test("A layer made where it is called is refused")
  func unstored() {
    struct Wrong: Module {
      func callAsFunction(_ x: Tensor) -> Tensor { Dense(4, 4)(x) }
    }
    #expect(throws: LeptonError.self) { try Wrong().model(input: TensorType(.f32, [1, 4])) }
  }

  @Test("A module called on tensors computes what its model computes")
  func eager() throws {
    let net = Sequential(
      Flatten(), Residual { Dense(6, 6) }, LayerNorm(6), Gelu(), Dropout(), Softmax())
    let x: Tensor = [[[1, 2, 3], [4, 5, 6]]]
    let y = net(x)
    #expect(y.shape == [1, 6])
    #expect(abs(y.sum().data.doubles[0] - 1) < 1e-6)
    #expect(net(x).data == y.data)
  }
}
