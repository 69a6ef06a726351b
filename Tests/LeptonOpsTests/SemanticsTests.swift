import LeptonGraph
import LeptonOps
import LeptonValues
import Testing

/// Definitions at their edges, against numbers from NumPy, PyTorch and the ONNX specification.
@Suite("Definitions")
struct SemanticsTests {
  private func run(_ op: any Op, _ operands: TensorData...) throws -> TensorData {
    try op.reference(operands, op.resultTypes(of: operands.map(\.type)))[0]
  }

  private func floats(_ numbers: Float...) -> TensorData {
    TensorData(numbers, shape: [numbers.count])
  }

  private func ints(_ numbers: Int64...) -> TensorData {
    TensorData(numbers, shape: [numbers.count])
  }

  @Test("a cast to whole numbers truncates and saturates; NaN becomes 0")
  func cast() throws {
    let x = floats(-1.9, 1.9, 300, -300, .nan, .infinity)
    #expect(try run(Cast(to: .i8), x).doubles == [-1, 1, 127, -128, 0, 127])
    #expect(try run(Cast(to: .u8), x).doubles == [0, 1, 255, 0, 0, 255])
    #expect(try run(Cast(to: .bool), floats(0, -0.0, 0.1)).doubles == [0, 0, 1])
    #expect(try run(Cast(to: .bf16), floats(1.00390625, 1.01171875)).doubles == [1, 1.015625])
  }

  @Test("rounding sends halves to the even number")
  func round() throws {
    let x = floats(0.5, 1.5, 2.5, -0.5, -1.5, 2.4)
    #expect(try run(Round(), x).doubles == [0, 2, 2, 0, -2, 2])
  }

  @Test("maxima, minima and clipping pass NaN on")
  func nan() throws {
    let x = floats(.nan, 1)
    #expect(try run(Maximum(), x, floats(0, 0)).doubles[0].isNaN)
    #expect(try run(Minimum(), floats(0, 0), x).doubles[0].isNaN)
    #expect(try run(Relu(), x).doubles[0].isNaN)
    #expect(try run(Clip(low: 0, high: 1), x).doubles[0].isNaN)
    #expect(try run(Reduce(.max, axes: [0], keepDims: false), x).doubles[0].isNaN)
  }

  @Test("whole numbers divide toward zero")
  func division() throws {
    #expect(try run(Divide(), ints(7, -7), ints(2, 2)).doubles == [3, -3])
  }

  @Test("activations agree with PyTorch at -1.5 and 0.75")
  func activations() throws {
    let expected: [(any Op, [Double])] = [
      (Gelu(), [-0.1002108019, 0.5800294857]),
      (Gelu(approximate: true), [-0.100428423, 0.5799605552]),
      (Silu(), [-0.2736382857, 0.5093840244]),
      (Elu(), [-0.7768698399, 0.75]),
      (HardSwish(), [-0.375, 0.46875]),
      (HardSigmoid(), [0.25, 0.625]),
      (LeakyRelu(), [-0.015, 0.75]),
    ]
    for (op, values) in expected {
      let x = TensorData([-1.5, 0.75], shape: [2])
      let y = try run(op, x).doubles
      #expect(difference(y, values) < 1e-8, "\(op.name): \(y)")
    }
  }

  @Test("binary cross entropy is exact and finite for confident logits")
  func binaryCrossEntropy() throws {
    let x = TensorData([0, 2, -3, 1000, -1000, 1000], shape: [6])
    let t = TensorData([1, 0, 1, 1, 0, 0], shape: [6])
    let expected = [0.693147181, 2.126928011, 3.048587352, 0, 0, 1000]
    #expect(difference(try run(BinaryCrossEntropy(), x, t).doubles, expected) < 1e-9)
  }

  @Test("slices follow NumPy's bounds")
  func slice() throws {
    let x = ints(0, 1, 2, 3, 4, 5)
    func slice(_ start: Int, _ end: Int, _ step: Int) throws -> [Int] {
      try run(Slice(starts: [start], ends: [end], steps: [step]), x).ints
    }
    #expect(try slice(-2, .max, 1) == [4, 5])
    #expect(try slice(-99, 99, 4) == [0, 4])
    #expect(try slice(4, 1, -1) == [4, 3, 2])
    #expect(try slice(.max, .min, -2) == [5, 3, 1])
    #expect(try slice(-1, -99, -5) == [5, 0])
    #expect(try slice(3, 3, 1) == [])
    #expect(try slice(99, 0, 1) == [])
  }

  @Test("moving elements keeps 64-bit numbers exact")
  func exact() throws {
    let x = ints(.max, .min + 1, 1 << 53 + 1)
    #expect(try run(Slice(starts: [0], ends: [2]), x) == ints(.max, .min + 1))
    #expect(try run(Pad(low: [1], high: [0]), x) == ints(0, .max, .min + 1, 1 << 53 + 1))
    #expect(try run(Concat(axis: 0), x, ints(7)) == ints(.max, .min + 1, 1 << 53 + 1, 7))
  }

  @Test("the best of equals is the first")
  func argMax() throws {
    #expect(try run(ArgMax(axis: 0), ints(1, 3, 3, 0)).ints == [1])
    #expect(try run(ArgMin(axis: -1), ints(1, 0, 3, 0)).ints == [1])
  }

  @Test("an index outside is an error in gather, and a row of zeros in one-hot")
  func outside() throws {
    let error = #expect(throws: LeptonError.self) { try run(Gather(), floats(1, 2), ints(2)) }
    #expect(
      error?.description == "gather: index 2 is outside of 2 entries; indices are -2 to 1")
    #expect(try run(OneHot(depth: 2), ints(-1, 5, .max)).doubles == [0, 1, 0, 0, 0, 0])
  }

  @Test(
    "type rules teach",
    arguments: [
      (
        Add(), [TensorType(.f32, [2, 3]), TensorType(.f32, [4])],
        "add: shapes [2, 3] and [4] do not broadcast; "
          + "extents must be equal or 1, counted from the last axis"
      ),
      (
        Add(), [TensorType(.f32, []), TensorType(.i64, [])],
        "add: operands have different types, f32 and i64; cast one of them"
      ),
      (
        Exp(), [TensorType(.i32, [])],
        "exp takes floating-point operands, i32 was given; cast it first"
      ),
      (Exp(), [], "exp takes 1 operand, 0 were given"),
      (
        Reshape([5, -1]), [TensorType(.f32, [2, 3])],
        "reshape: the 6 elements of [2, 3] do not fill [5, -1]; "
          + "let one extent be -1 to have it inferred"
      ),
      (
        Transpose([0, 0]), [TensorType(.f32, [2, 3])],
        "transpose: [0, 0] does not reorder the axes of [2, 3]; name each of the 2 axes once"
      ),
      (
        Concat(axis: 2), [TensorType(.f32, [2, 3])],
        "concat: [2, 3] has no axis 2; axes are -2 to 1"
      ),
      (
        Reduce(.mean, axes: [0], keepDims: true), [TensorType(.i64, [2])],
        "reduce: there is no mean of i64 elements; cast first"
      ),
      (
        Pad(low: [0], high: [3], mode: .reflect), [TensorType(.f32, [3])],
        "pad: axis 0 of [3] cannot reflect by 3; mirror fewer elements than there are"
      ),
      (
        Select(), [TensorType(.f32, []), TensorType(.f32, []), TensorType(.f32, [])],
        "select takes a bool and two operands of one type, not f32, f32, f32; compare or cast first"
      ),
    ] as [(any Op, [TensorType], String)])
  func errors(_ op: any Op, _ operands: [TensorType], _ message: String) {
    let error = #expect(throws: LeptonError.self) { try op.resultTypes(of: operands) }
    #expect(error?.description == message)
  }
}
