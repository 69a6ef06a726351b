import Lepton
import Testing

@Suite struct TensorTests {
  @Test("Literals nest, numbers broadcast, results are computed when looked at")
  func arithmetic() {
    let x: Tensor = [[1, 2], [3, 4]]
    #expect(x.type == TensorType(.f32, [2, 2]))
    #expect((x * 2 + 1).data.doubles == [3, 5, 7, 9])
    #expect((1 / x).data.doubles == [1, 0.5, Double(Float(1) / 3), 0.25])
    #expect((x - [10, 20]).data.doubles == [-9, -18, -7, -16])
    #expect((-x).data.doubles == [-1, -2, -3, -4])
    #expect((x .> 2).data.doubles == [0, 0, 1, 1])
    #expect((x .> 2).select(x, x * 0).data.doubles == [0, 0, 3, 4])
  }

  @Test("A number takes the element type of the tensor beside it")
  func numberType() {
    let x = Tensor([1, 2, 3] as [Int32])
    #expect((x + 1).dtype == .i32)
    #expect((x + 1).data.doubles == [2, 3, 4])
  }

  @Test("Products, reductions and movements")
  func shapes() {
    let x: Tensor = [[1, 2, 3], [4, 5, 6]]
    #expect(x.matmul(x.transposed()).data.doubles == [14, 32, 32, 77])
    #expect(x.sum(along: 0).data.doubles == [5, 7, 9])
    #expect(x.sum(along: -1, keepingAxes: true).shape == [2, 1])
    #expect(x.mean().data.doubles == [3.5])
    #expect(x.max(along: 1).data.doubles == [3, 6])
    #expect(x.argmax().data.doubles == [2, 2])
    #expect(x.reshaped(to: [3, -1]).shape == [3, 2])
    #expect(x.expandingShape(at: -1).shape == [2, 3, 1])
    #expect(Tensor.concatenated([x, x], along: 1).shape == [2, 6])
    #expect(x.softmax().sum(along: 1).data.floats.allSatisfy { abs($0 - 1) < 1e-6 })
  }

  @Test("Indices drop an axis, ranges keep it, negative ones count from the end")
  func indexing() {
    let x = Tensor(TensorData((0..<24).map(Float.init), shape: [2, 3, 4]))
    #expect(x[1].shape == [3, 4])
    #expect(x[0, 1..<3].data.doubles == [4, 5, 6, 7, 8, 9, 10, 11])
    #expect(x[-1, 0..., 2...].data.doubles == [14, 15, 18, 19, 22, 23])
    #expect(x[0, 0, (-2)...].data.doubles == [2, 3])
    #expect(x[0, ..<2, 1...2].shape == [2, 2])
    #expect(x[1, 2, 3].data.doubles == [23])
  }

  @Test("What two results have in common is computed for both")
  func sharing() {
    let x: Tensor = [1, 2]
    let shared = x.exp()
    Tensor.evaluate([shared + 1, shared * 2])
    #expect(shared.data.floats == x.exp().data.floats)
  }

  @Test("A long chain does not exhaust the stack")
  func longChain() {
    var x: Tensor = [0]
    for _ in 0..<300 { x += 1 }
    #expect(x.data.doubles == [300])
  }

  #if !os(iOS)
    @Test("Shapes that do not fit stop the program")
    func mistakes() async {
      await #expect(processExitsWith: .failure) {
        let x: Tensor = [1, 2]
        let y: Tensor = [1, 2, 3]
        _ = x + y
      }
      await #expect(processExitsWith: .failure) {
        let x: Tensor = [1, 2]
        _ = x[5]
      }
    }
  #endif
}

@Suite struct GradientTests {
  @Test("Gradients of scalars follow the chain rule")
  func chain() {
    let x: Tensor = [1, 2, 3]
    #expect(gradient(at: x) { ($0 * $0).sum() }.data.doubles == [2, 4, 6])
    let w: Tensor = [[1, -1], [2, 0.5]]
    let (value, gradients) = valueWithGradient(at: [w, [[1], [2]]]) { p in
      p[0].matmul(p[1]).relu().sum()
    }
    // w v = [-1, 3]: only the second row is alive.
    #expect(value.data.doubles == [3])
    #expect(gradients[0].data.doubles == [0, 0, 1, 2])
    #expect(gradients[1].data.doubles == [2, 0.5])
  }

  @Test("What has no influence has gradient zero")
  func noInfluence() {
    let (_, gradients) = valueWithGradient(at: [[1, 2], [3]]) { $0[0].sum() }
    #expect(gradients[1].data.doubles == [0])
  }
}
