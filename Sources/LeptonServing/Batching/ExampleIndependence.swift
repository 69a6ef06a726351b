package import LeptonCompiler
package import LeptonGraph
package import LeptonRuntime
import LeptonValues

/// Whether a model answers each example as if it were alone: only then may requests run together.
///
/// Found by trying: two examples together and one by one.
package struct ExampleIndependence {
  /// For one example.
  package let one: Session
  private let two: Session

  /// - Parameter model: for one example.
  package init(_ model: Model, precision: Precision, options: CompileOptions) throws {
    one = try Session(model, precision: precision, options: options)
    two = try Session(model.withBatch(2), precision: precision, options: options)
  }

  /// How far answers may be apart, relative to the largest: other orders of summation.
  private static let tolerance = 1e-3

  package func holds() throws -> Bool {
    let pair = two.graph.dataInputs.enumerated().map { index, port in
      Self.numbers(two.graph.type(of: port.value), seed: index)
    }
    let together = try two.run(pair).map(\.doubles)
    for example in 0..<2 {
      let alone = try one.run(
        zip(pair, one.graph.dataInputs).map { data, port in
          let type = one.graph.type(of: port.value)
          let count = type.shape.elementCount
          return TensorData(
            Array(data.doubles[(example * count)..<((example + 1) * count)]), as: type)
        })
      for (answer, both) in zip(alone.map(\.doubles), together) {
        let part = both[(example * answer.count)..<((example + 1) * answer.count)]
        let largest = answer.map(\.magnitude).filter(\.isFinite).max() ?? 0
        let isSame = zip(answer, part).allSatisfy { a, b in
          a == b || a.isNaN && b.isNaN || (a - b).magnitude <= Self.tolerance * largest
        }
        guard isSame else { return false }
      }
    }
    return true
  }

  /// Real numbers between -1 and 1; whole numbers that are small, such as any vocabulary has.
  private static func numbers(_ type: TensorType, seed: Int) -> TensorData {
    var state = UInt64(seed &* 7919 &+ 12345)
    let numbers = (0..<type.shape.elementCount).map { _ -> Double in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let unit = Double(state >> 33) / Double(1 << 31)
      return type.dtype.isFloatingPoint ? 2 * unit - 1 : unit < 0.5 ? 0 : 1
    }
    return TensorData(numbers, as: type)
  }
}
