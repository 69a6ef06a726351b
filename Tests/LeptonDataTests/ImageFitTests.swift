import LeptonData
import LeptonValues
import Testing

@Suite("Images at the size of a model")
struct ImageFitTests {
  @Test("bilinear sampling looks at two pixels of each axis, as OpenCV's INTER_LINEAR does")
  func bilinear() {
    let image = Image(
      width: 7, height: 5, channels: 1, pixels: (0..<35).map { UInt8($0 * 53 % 256) })
    let small = ImageFit(sampling: .bilinear).applied(to: image, height: 3, width: 4)
    // cv2.resize(pixels, (4, 3), interpolation=cv2.INTER_LINEAR)
    let wanted: [UInt8] = [58, 140, 158, 80, 154, 87, 179, 112, 121, 107, 125, 101]
    #expect(small.pixels == wanted)
    let large = ImageFit(sampling: .bilinear).applied(to: small, height: 6, width: 5)
    let grown: [UInt8] = [
      58, 115, 149, 134, 80, 82, 113, 145, 140, 88, 130, 109, 137, 153, 104, 146, 108, 129, 148,
      109, 129, 110, 120, 128, 104, 121, 111, 116, 118, 101,
    ]
    #expect(large.pixels == grown)
    #expect(image.resized(height: 3, width: 4) != small)
  }

  @Test(
    "a letterbox keeps proportions, with grey around, and says where pixels are",
    arguments: [
      (80, 40, 1, 0..<64, 16..<48), (40, 80, 3, 16..<48, 0..<64), (64, 64, 3, 0..<64, 0..<64),
      (1, 999, 1, 31..<32, 0..<64), (32, 21, 1, 0..<64, 11..<53),
    ])
  func letterbox(width: Int, height: Int, channels: Int, across: Range<Int>, down: Range<Int>) {
    let image = Image(
      width: width, height: height, channels: channels,
      pixels: [UInt8](repeating: 200, count: width * height * channels))
    let fit = ImageFit(.letterbox)
    let result = fit.applied(to: image, height: 64, width: 64)
    #expect((result.width, result.height, result.channels) == (64, 64, channels))
    for y in 0..<64 {
      for x in 0..<64 {
        let isInside = across ~= x && down ~= y
        let pixel = result.pixels[(y * 64 + x) * channels]
        #expect(pixel == (isInside ? 200 : 114), "\(x), \(y)")
      }
    }
    let placement = fit.placement(of: (width, height), height: 64, width: 64)
    #expect(placement.scale.x == placement.scale.y)
    #expect(placement.offset == SIMD2(Float(across.lowerBound), Float(down.lowerBound)))
  }

  @Test("stretching scales each axis by itself")
  func stretch() {
    let placement = ImageFit().placement(of: (width: 128, height: 32), height: 64, width: 64)
    #expect(placement.scale == SIMD2(0.5, 2) && placement.offset == .zero)
  }

  @Test("facts come back, say nothing by default, and are refused where they are no such words")
  func facts() throws {
    let fit = ImageFit(.letterbox, sampling: .bilinear)
    #expect(try ImageFit(facts: fit.facts) == fit)
    #expect(try ImageFit(facts: [:]) == ImageFit())
    for facts in [["fit": "squeeze"], ["resize": ""]] {
      let error = #expect(throws: LeptonError.self) { try ImageFit(facts: facts) }
      #expect(error?.kind == .badInput)
    }
  }

  @Test("images come back from tensors")
  func planar() {
    let image = ImageTests.ramp(width: 5, height: 3, channels: 3)
    #expect(Image(planar: image.tensor) == image)
  }
}

@Suite("Drawing on images")
struct ImageDrawingTests {
  private static let blank = Image(
    width: 12, height: 10, channels: 1, pixels: [UInt8](repeating: 0, count: 120))

  private func picture(_ draw: (inout ImageDrawing) -> Void) -> [String] {
    var drawing = ImageDrawing(on: Self.blank)
    draw(&drawing)
    let image = drawing.image
    return (0..<10).map { y in
      String((0..<12).map { x in image.pixels[(y * 12 + x) * 3] > 0 ? "#" : "." })
    }
  }

  @Test("a frame is the border, and ends at the sides of the image")
  func frame() {
    let inside = picture { $0.frame(x: 1..<6, y: 2..<6, thickness: 1, SIMD3(9, 9, 9)) }
    #expect(inside[1] == "............" && inside[2] == ".#####......")
    #expect(inside[3] == ".#...#......" && inside[5] == ".#####......")
    let outside = picture { $0.frame(x: (-5)..<4, y: 7..<90, thickness: 2, SIMD3(9, 9, 9)) }
    #expect(outside[7] == "####........" && outside[9] == "..##........")
    // A box thinner than its frame, or far away, is no reason to stop.
    #expect(
      picture { $0.frame(x: 3..<4, y: 3..<4, thickness: 5, SIMD3(9, 9, 9)) }[3] == "...#........")
    let nothing = picture { $0.frame(x: 99..<200, y: (-9)..<(-3), thickness: 3, SIMD3(9, 9, 9)) }
    #expect(nothing.allSatisfy { !$0.contains("#") })
  }

  @Test("letters are five by nine, unknown ones boxes, and are cut at the sides")
  func letters() {
    let text = picture { $0.write("L€", x: 0, y: 0, scale: 1, SIMD3(9, 9, 9)) }
    #expect(text[0] == "#.....#####." && text[1] == "#.....#...#.")
    #expect(text[6] == "#####.#####." && text[7] == "............")
    let large = picture { $0.write("I", x: -4, y: -6, scale: 2, SIMD3(9, 9, 9)) }
    #expect(large[0] == "##..........")
    #expect(ImageDrawing.size(of: "dog", scale: 2) == (36, 18))
  }
}
