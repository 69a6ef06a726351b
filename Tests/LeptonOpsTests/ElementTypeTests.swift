import LeptonGraph
import LeptonOps
import LeptonValues
import Testing

/// The element types beside f32, and what is exact about them.
@Suite("Element types")
struct ElementTypeTests {
  static let encoded: [any EncodedFloat.Type] = [
    Half.self, Float8E4M3FN.self, Float8E4M3FNUZ.self, Float8E5M2.self, Float8E5M2FNUZ.self,
    Float4E2M1.self, Float8E8M0.self,
  ]

  func roundTrip<S: EncodedFloat>(_: S.Type) -> Bool {
    let patterns = S.dtype == .f16 ? 65536 : S.dtype == .f4e2m1 ? 16 : 256
    return (0..<patterns).allSatisfy { pattern in
      let element = S(bits: S.Bits(pattern))
      let back = S(nearest: element.asDouble)
      // There are several patterns of NaN, and infinities saturate.
      return element.asDouble.isNaN
        ? back.asDouble.isNaN
        : element.asDouble.isInfinite || back.bits == element.bits
    }
  }

  @Test("every pattern is the nearest one of the number that it stands for")
  func patterns() {
    for type in Self.encoded {
      let isExact = roundTrip(type)
      #expect(isExact, "\(type)")
    }
  }

  @Test(
    "the largest numbers, and what lies beyond",
    arguments: [
      (DType.f8e4m3fn, 448.0), (.f8e4m3fnuz, 240), (.f8e5m2, 57344), (.f8e5m2fnuz, 57344),
      (.f4e2m1, 6), (.f16, 65504),
    ])
  func largest(_ dtype: DType, _ number: Double) {
    let data = TensorData([number, -number, 1e30], as: TensorType(dtype, [3]))
    #expect(Array(data.doubles.prefix(2)) == [number, -number])
    #expect(data.doubles[2] == (dtype == .f16 ? .infinity : number))
  }

  @Test("ties go to the even neighbour, the smallest numbers are exact")
  func rounding() {
    let halves = TensorData([2049, 2051, 0x1p-24, 0x1p-26], as: TensorType(.f16, [4]))
    #expect(halves.doubles == [2048, 2052, 0x1p-24, 0])
    let eighths = TensorData([17, 19, 0x1p-9, 0x1p-11], as: TensorType(.f8e4m3fn, [4]))
    #expect(eighths.doubles == [16, 20, 0x1p-9, 0])
  }

  @Test("powers of two round as they are told to")
  func powers() {
    let up = [0.124, 1.1, 8].map { Float8E8M0($0, rounding: .up, saturates: true).asDouble }
    #expect(up == [0.125, 2, 8])
    let down = [0.124, 1.9].map { Float8E8M0($0, rounding: .down, saturates: true).asDouble }
    #expect(down == [0.0625, 1])
    #expect(Float8E8M0(1e300, rounding: .up, saturates: true).asDouble == 0x1p127)
    #expect(Float8E8M0(1e300, rounding: .up, saturates: false).asDouble.isNaN)
  }

  @Test("numbers wider than a type lose their upper bits")
  func wrapping() {
    let wide = TensorData([200, -1, 300] as [Int16], shape: [3])
    #expect(wide.converted(to: .i8).ints == [-56, -1, 44])
    #expect(wide.converted(to: .u4).ints == [8, 15, 12])
    #expect(wide.converted(to: .i2).ints == [0, -1, 0])
    #expect(
      TensorData([-1] as [Int64], shape: [1]).converted(to: .u64).array(of: UInt64.self) == [.max])
  }

  func run(_ op: some Op, _ operands: TensorData...) throws -> TensorData {
    var b = GraphBuilder()
    let inputs = operands.enumerated().map { b.input("\($0)", $1.type) }
    b.output("y", try b.add(op, inputs)[0])
    return try b.graph.evaluate(operands)[0]
  }

  @Test("whole numbers beyond 53 bits are exact, and wrap around")
  func exact() throws {
    let big = TensorData([(1 << 53) + 1, .max] as [Int64], shape: [2])
    let one = TensorData(scalar: Int64(1))
    #expect(try run(Add(), big, one).array(of: Int64.self) == [(1 << 53) + 2, .min])
    #expect(try run(Equal(), big, run(Add(), big, TensorData(scalar: Int64(0)))).ints == [1, 1])
    let unsigned = TensorData([UInt64.max, 3], shape: [2])
    #expect(
      try run(Divide(), unsigned, TensorData(scalar: UInt64(2))).array(of: UInt64.self) == [
        .max / 2, 1,
      ])
    #expect(try run(Greater(), unsigned, TensorData(scalar: UInt64(5))).ints == [1, 0])
    #expect(
      try run(Reduce(.sum, axes: [0], keepDims: false), big).array(of: Int64.self) == [
        Int64.min + (1 << 53)
      ])
    #expect(
      try run(Multiply(), TensorData([16] as [UInt8], shape: [1]), TensorData(scalar: UInt8(17)))
        .ints == [16])
    #expect(
      try run(Power(), TensorData([3, -2] as [Int64], shape: [2]), TensorData(scalar: Int64(39)))
        .array(of: Int64.self)
        == [4_052_555_153_018_976_267, -(1 << 39)])
  }

  @Test("division by zero, and of the smallest number by -1, does not trap")
  func division() throws {
    let x = TensorData([Int32.min, 5, -5, 0], shape: [4])
    let y = TensorData([-1, 0, 0, 0] as [Int32], shape: [4])
    #expect(try run(Divide(), x, y).array(of: Int32.self) == [.min, .max, .min, 0])
    #expect(try run(Remainder(), x, y).ints == [0, 0, 0, 0])
  }

  @Test("shifts by the width or more leave nothing but the sign")
  func shifts() throws {
    let x = TensorData([-8, 7] as [Int8], shape: [2])
    #expect(try run(BitShift(.right), x, TensorData(scalar: Int8(100))).ints == [-1, 0])
    #expect(try run(BitShift(.left), x, TensorData(scalar: Int8(8))).ints == [0, 0])
    #expect(try run(BitShift(.left), x, TensorData(scalar: Int8(4))).ints == [-128, 112])
  }

  @Test("no elements have a sum, a product and extremes")
  func empty() throws {
    let none = TensorData([] as [Float], shape: [0, 2])
    let kinds: [(Reduce.Kind, Double)] = [
      (.sum, 0), (.product, 1), (.max, -.infinity), (.min, .infinity),
    ]
    for (kind, expected) in kinds {
      let y = try run(Reduce(kind, axes: [0], keepDims: false), none)
      #expect(y.doubles == [expected, expected])
    }
  }

  @Test(
    "types that are stored only take part in no arithmetic",
    arguments: DType.allCases.filter(\.isStorageOnly))
  func storageOnly(_ dtype: DType) {
    let x = TensorType(dtype, [2])
    #expect(throws: LeptonError.self) { try Add().resultTypes(of: [x, x]) }
    #expect(throws: LeptonError.self) {
      try Reduce(.sum, axes: [0], keepDims: false).resultTypes(of: [x])
    }
  }
}
