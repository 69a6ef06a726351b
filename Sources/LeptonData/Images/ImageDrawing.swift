/// Draws on an image: rectangles and words.
package struct ImageDrawing: Sendable {
  /// Red, green, blue.
  package typealias Colour = SIMD3<UInt8>

  package let width: Int
  package let height: Int
  private var pixels: [UInt8]

  /// On an image with three channels, or a grey one as if it had.
  package init(on image: Image) {
    (width, height) = (image.width, image.height)
    pixels = image.channels == 3 ? image.pixels : image.pixels.flatMap { [$0, $0, $0] }
  }

  package var image: Image { Image(width: width, height: height, channels: 3, pixels: pixels) }

  /// What of a rectangle of pixels is in the image.
  package mutating func fill(x: Range<Int>, y: Range<Int>, _ colour: Colour) {
    let (x, y) = (x.clamped(to: 0..<width), y.clamped(to: 0..<height))
    for row in y {
      for column in x {
        let place = (row * width + column) * 3
        for channel in 0..<3 { pixels[place + channel] = colour[channel] }
      }
    }
  }

  /// The border of a rectangle, inside of it.
  package mutating func frame(x: Range<Int>, y: Range<Int>, thickness: Int, _ colour: Colour) {
    let across = min(thickness, x.count)
    let down = min(thickness, y.count)
    fill(x: x, y: y.lowerBound..<(y.lowerBound + down), colour)
    fill(x: x, y: (y.upperBound - down)..<y.upperBound, colour)
    fill(x: x.lowerBound..<(x.lowerBound + across), y: y, colour)
    fill(x: (x.upperBound - across)..<x.upperBound, y: y, colour)
  }

  /// How much room a line of text takes.
  package static func size(of text: String, scale: Int) -> (width: Int, height: Int) {
    (text.count * PixelFont.advance * scale, PixelFont.height * scale)
  }

  /// A line of text whose upper left corner is at (x, y), each pixel of the font a square of `scale`.
  package mutating func write(_ text: String, x: Int, y: Int, scale: Int, _ colour: Colour) {
    for (index, character) in text.enumerated() {
      let left = x + index * PixelFont.advance * scale
      for (row, line) in PixelFont.rows(of: character).enumerated() {
        for column in 0..<PixelFont.width where line & (16 >> UInt8(column)) != 0 {
          let (x, y) = (left + column * scale, y + row * scale)
          fill(x: x..<(x + scale), y: y..<(y + scale), colour)
        }
      }
    }
  }
}
