import LeptonData
import LeptonValues
import Testing

@Suite("Digits")
struct DigitsTests {
  @Test("the same bits on every machine")
  func golden() throws {
    let data = try Digits.dataset(.train, count: 200)
    #expect(data.fingerprint == "af7a898e345b221c7bbbc80fc3e16c0487de5bd334f4fff172b0cad25be41ec4")
  }

  @Test("a shorter set is the start of a longer one; parts and seeds differ")
  func prefix() throws {
    let longer = try Digits.dataset(.train, count: 50)
    #expect(try Digits.dataset(.train, count: 20).fingerprint == longer.first(20).fingerprint)
    #expect(try Digits.dataset(.test, count: 50).fingerprint != longer.fingerprint)
    #expect(try Digits.dataset(.train, count: 50, seed: 1).fingerprint != longer.fingerprint)
  }

  @Test("every digit occurs equally often, and no image twice")
  func balance() throws {
    let bundle = try Digits.bundle(train: 300, test: 100)
    #expect(bundle.train.classCounts == [Int](repeating: 30, count: 10))
    #expect(bundle.test?.classCounts == [Int](repeating: 10, count: 10))
    let images = (0..<300).map { bundle.train.example(at: $0).features.array(of: UInt8.self) }
    #expect(Set(images).count == 300)
  }

  @Test("images are dark paper with a bright, not too large, drawing near the middle")
  func values() throws {
    let data = try Digits.dataset(.train, count: 100)
    #expect(data.features.type == TensorType(.u8, [100, 1, 28, 28]))
    let statistics = Normalisation(of: data)
    #expect((25...75).contains(statistics.mean[0]))
    for index in 0..<100 {
      let pixels = data.example(at: index).features.array(of: UInt8.self)
      let middle = (6..<22).flatMap { pixels[($0 * 28 + 6)..<($0 * 28 + 22)] }
      let brightest = middle.max() ?? 0
      #expect(brightest > 100)
      #expect(pixels.count { $0 > brightest / 2 } < 784 / 2)
    }
  }
}
