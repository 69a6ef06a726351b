package import Lepton
package import LeptonData
import LeptonOps

/// Draws what was found in a picture on it: a rectangle for each, with its class and score.
package struct BoxDrawing {
  private let labels: [String]

  package init(labels: [String]) { self.labels = labels }

  /// - Parameter boxes: in pixels of the picture, best first; the best is drawn last, over the others.
  package func draw(_ boxes: [FoundBox], on picture: Image) -> Image {
    var drawing = ImageDrawing(on: picture)
    let side = min(picture.width, picture.height)
    let scale = max(1, (side + 150) / 300)
    for found in boxes.reversed() {
      let colour = Self.colour(of: found.label)
      let (x, y) = Self.pixels(found.box)
      drawing.frame(x: x, y: y, thickness: max(1, scale + 1), colour)
      write(found, x: x, y: y, scale: scale, colour, &drawing)
    }
    return drawing.image
  }

  /// On a plate over the upper edge; below it, inside, where there is no room above.
  private func write(
    _ found: FoundBox, x: Range<Int>, y: Range<Int>, scale: Int, _ colour: ImageDrawing.Colour,
    _ drawing: inout ImageDrawing
  ) {
    let percent = Int((min(max(found.score, 0), 1) * 100).rounded())
    let text = "\(labels.name(of: found.label)) \(percent)%"
    let size = ImageDrawing.size(of: text, scale: scale)
    let (width, height) = (size.width + 3 * scale, size.height + 2 * scale)
    let left = max(0, min(x.lowerBound, drawing.width - width))
    let top = y.lowerBound >= height ? y.lowerBound - height : y.lowerBound
    drawing.fill(x: left..<(left + width), y: top..<(top + height), colour)
    drawing.write(
      text, x: left + 2 * scale, y: top + 2 * scale, scale: scale, Self.ink(on: colour))
  }

  /// The pixels that a box touches, one at least.
  private static func pixels(_ box: Box) -> (x: Range<Int>, y: Range<Int>) {
    func range(_ low: Float, _ high: Float) -> Range<Int> {
      let first = Int(low.rounded(.down))
      return first..<max(first + 1, Int(high.rounded(.up)))
    }
    return (range(box.low.x, box.high.x), range(box.low.y, box.high.y))
  }

  /// Bright, and of classes that follow on each other far apart: hues by the golden ratio.
  private static func colour(of label: Int) -> ImageDrawing.Colour {
    let hue = (0.36 + Float(label % 1024) * 0.618034).truncatingRemainder(dividingBy: 1) * 6
    func level(_ offset: Float) -> UInt8 {
      let k = (offset + hue).truncatingRemainder(dividingBy: 6)
      return UInt8(240 - 190 * max(0, min(k, 4 - k, 1)))
    }
    return ImageDrawing.Colour(level(5), level(3), level(1))
  }

  /// Black or white, whichever stands out more; luminance by Rec. 601.
  private static func ink(on colour: ImageDrawing.Colour) -> ImageDrawing.Colour {
    let (r, g, b) = (Float(colour.x), Float(colour.y), Float(colour.z))
    let luminance = 0.299 * r + 0.587 * g + 0.114 * b
    return ImageDrawing.Colour(repeating: luminance > 130 ? 0 : 255)
  }
}

extension [String] {
  /// Of a class; its number where none has a name.
  package func name(of label: Int) -> String { indices.contains(label) ? self[label] : "\(label)" }
}
