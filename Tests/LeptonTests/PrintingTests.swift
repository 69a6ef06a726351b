import Lepton
import Testing

/// The expected texts are what NumPy 2 prints for the same arrays of float32 (or the type named).
@Suite struct PrintingTests {
  @Test("Tensors print as NumPy prints arrays", arguments: cases)
  func prints(_ data: TensorData, _ text: String) { #expect(Tensor(data).description == text) }

  static let cases: [(TensorData, String)] = [
    (TensorData([1, 2, 3] as [Float], shape: [3]), "[1. 2. 3.]"),
    (TensorData([1, 2.5, -3] as [Float], shape: [3]), "[ 1.   2.5 -3. ]"),
    (TensorData([1, 2, 3, 4] as [Float], shape: [2, 2]), "[[1. 2.]\n [3. 4.]]"),
    (TensorData(scalar: Float(0.1)), "0.1"),
    (TensorData([1, -20, 3] as [Int32], shape: [3]), "[  1 -20   3]"),
    (TensorData([true, false], shape: [2]), "[ True False]"),
    (TensorData([1.0 / 3, 2] as [Float], shape: [2]), "[0.33333334 2.        ]"),
    (TensorData([1.0 / 3, 2] as [Double], shape: [2]), "[0.33333333 2.        ]"),
    (TensorData([1e-5, 1] as [Float], shape: [2]), "[1.e-05 1.e+00]"),
    (TensorData([1e9, 2.5] as [Float], shape: [2]), "[1.0e+09 2.5e+00]"),
    (TensorData([.nan, .infinity, 1] as [Float], shape: [3]), "[nan inf  1.]"),
    (
      TensorData((0..<8).map(Float.init), shape: [2, 2, 2]),
      "[[[0. 1.]\n  [2. 3.]]\n\n [[4. 5.]\n  [6. 7.]]]"
    ),
    (
      TensorData((0..<1001).map(Float.init), shape: [1001]),
      "[   0.    1.    2. ...  998.  999. 1000.]"
    ),
    (TensorData([] as [Float], shape: [0]), "[]"),
  ]

  @Test("Long rows break at 75 columns, below the bracket")
  func longRow() {
    let text = Tensor(TensorData((0..<30).map(Float.init), shape: [30])).description
    #expect(
      text == "[ 0.  1.  2.  3.  4.  5.  6.  7.  8.  9. 10. 11. 12. 13. 14. 15. 16. 17.\n"
        + " 18. 19. 20. 21. 22. 23. 24. 25. 26. 27. 28. 29.]")
  }
}
