import LeptonGraph
import LeptonOps
import LeptonValues
import Testing

/// The derivative that an operation states, against the slope of what it computes.
@Suite("Gradients")
struct GradientTests {
  /// Elements of an operand whose slope is measured; larger operands are sampled.
  static let probes = 24
  static let step = 1e-5

  @Test("agree with central differences in f64", arguments: OpCase.differentiable)
  func againstDifferences(_ test: OpCase) throws {
    let (forward, operands) = try test.graph(.f64)
    let backward = try Backward(forward)
    let seeds = backward.seeds(for: operands)
    let gradients = try backward.graph.evaluate(operands + seeds)
    func objective(_ operands: [TensorData]) throws -> Double {
      let results = try forward.evaluate(operands).filter(\.dtype.isFloatingPoint)
      return dot(results, seeds)
    }
    for (index, gradient) in zip(backward.sources, gradients) {
      let values = operands[index].doubles
      #expect(gradient.type == operands[index].type)
      let stride = max(1, values.count / Self.probes)
      for element in Swift.stride(from: 0, to: values.count, by: stride) {
        func moved(_ step: Double) -> [TensorData] {
          var moved = operands
          var changed = values
          changed[element] += step
          moved[index] = TensorData(changed, as: operands[index].type)
          return moved
        }
        let slope =
          (try objective(moved(Self.step)) - objective(moved(-Self.step))) / (2 * Self.step)
        let stated = gradient.doubles[element]
        #expect(
          abs(stated - slope) <= 1e-6 * max(1, abs(slope)),
          "operand \(index), element \(element): stated \(stated), measured \(slope)")
      }
    }
  }

  /// Along one direction through all operands and seeds at once: the gradient's own derivative.
  @Test("have gradients that agree with differences too", arguments: twiceDifferentiable)
  func secondOrder(_ test: OpCase) throws {
    let (forward, operands) = try test.graph(.f64)
    let first = try Backward(forward)
    let data = operands + first.seeds(for: operands)
    let second = try Backward(first.graph)
    let seeds = second.seeds(for: data)
    let directions = second.sources.map { index in
      TensorData.random(data[index].type, Philox(key: SIMD2(11, UInt32(index))))
    }
    func objective(_ step: Double) throws -> Double {
      var moved = data
      for (index, direction) in zip(second.sources, directions) {
        let values = zip(data[index].doubles, direction.doubles).map { $0 + step * $1 }
        moved[index] = TensorData(values, as: data[index].type)
      }
      return dot(try first.graph.evaluate(moved), seeds)
    }
    let slope = (try objective(Self.step) - objective(-Self.step)) / (2 * Self.step)
    let stated = dot(try second.graph.evaluate(data + seeds), directions)
    #expect(abs(stated - slope) <= 1e-5 * max(1, abs(slope)))
  }

  /// All but pooling maxima and recurrences, whose gradients have none, and products of zeros, whose
  /// gradient is right and the gradient of that is not.
  static let twiceDifferentiable = OpCase.differentiable.filter { test in
    let isProduct = (test.sample.op as? Reduce)?.kind == .product
    let hasZeros = isProduct && test.sample.operandData(.f64)[0].doubles.contains(0)
    let once: [any Op.Type] = [MaxPool2D.self, LSTM.self, GRU.self]
    return !hasZeros && !once.contains { $0 == test.op }
  }
}

/// A graph's gradients as a graph: inputs, then a seed for each floating-point output; outputs are the
/// gradients of the floating-point inputs, zeros where none flows.
struct Backward {
  let graph: Graph
  /// The indices of the inputs whose gradients the outputs are.
  let sources: [Int]
  private let seedTypes: [TensorType]

  init(_ forward: Graph) throws {
    var b = GraphBuilder(continuing: forward)
    b.removeOutputs()
    let outputs = forward.outputs.filter { b.dtype(of: $0.value).isFloatingPoint }
    let targets = outputs.map(\.value)
    let seeds = outputs.map { b.input("seed of \($0.name)", b.type(of: $0.value)) }
    let sources = forward.inputs.indices.filter {
      b.dtype(of: forward.inputs[$0].value).isFloatingPoint
    }
    let values = sources.map { forward.inputs[$0].value }
    let gradients = try b.gradients(
      of: zip(targets, seeds).map { ($0, $1) }, withRespectTo: values)
    for (index, gradient) in zip(sources, gradients) {
      let type = b.type(of: forward.inputs[index].value)
      b.output("gradient\(index)", try gradient ?? b.constant(TensorData(zeros: type)))
    }
    graph = b.graph
    self.sources = sources
    seedTypes = seeds.map { b.type(of: $0) }
    try graph.verify()
  }

  /// A random number for each element of each target.
  func seeds(for operands: [TensorData]) -> [TensorData] {
    let philox = Philox(key: SIMD2(7, UInt32(operands.count)))
    return seedTypes.enumerated().map { index, type in
      TensorData.random(type, philox, stream: index)
    }
  }
}

extension TensorData {
  /// Uniform numbers in -1..<1.
  static func random(_ type: TensorType, _ philox: Philox, stream: Int = 0) -> TensorData {
    let count = type.shape.elementCount
    return TensorData((0..<count).map { philox.uniform($0, stream: stream) * 2 - 1 }, as: type)
  }
}

/// The sum of the products of all elements.
private func dot(_ a: [TensorData], _ b: [TensorData]) -> Double {
  zip(a, b).reduce(0) { sum, pair in
    sum + zip(pair.0.doubles, pair.1.doubles).reduce(0) { $0 + $1.0 * $1.1 }
  }
}
