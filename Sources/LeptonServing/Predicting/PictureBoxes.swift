package import Lepton
import LeptonData
import LeptonOps

extension FoundBox {
  /// In pixels of the image that the model's input was made of, as far as it lies in there.
  ///
  /// - Returns: Nil where nothing of it does.
  package func inPixels(of image: InputFiles.SourceImage) -> FoundBox? {
    let (scale, offset) = (image.placement.scale, image.placement.offset)
    let box = Box(low: (self.box.low - offset) / scale, high: (self.box.high - offset) / scale)
      .clipped(to: Box(low: .zero, high: SIMD2(Float(image.width), Float(image.height))))
    return box.area > 0 ? FoundBox(box: box, score: score, label: label) : nil
  }
}
