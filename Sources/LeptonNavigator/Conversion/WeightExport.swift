package import Foundation
package import LeptonFormats
import LeptonValues

/// Weights on their way into a file.
package struct WeightExport {
  private let weights: WeightSet
  private let format: FileFormat

  package init(_ weights: WeightSet, as format: FileFormat) {
    self.weights = weights
    self.format = format
  }

  /// Writes the file, opens it again and compares every tensor, bit by bit.
  package func write(to url: URL) throws {
    try CheckedOutput(url: url).make {
      try weights.write(to: $0.path, format: format)
    } check: { place in
      let read = try WeightSet(place.path, format: format)
      for (name, tensor) in weights.tensors {
        let meant =
          switch format {
          // NumPy has no bf16, GGUF no tensors without axes.
          case .npz where tensor.dtype == .bf16: tensor.converted(to: .f32)
          case .gguf where tensor.shape.rank == 0: tensor.reshaped(to: [1])
          default: tensor
          }
        guard read.tensors[name] == meant else {
          throw LeptonError(
            .defect, "tensor '\(name)' is not in the new file as it was", at: url.path,
            fix: "please report this with the file that led to it")
        }
      }
      guard read.tensors.count == weights.tensors.count else {
        throw LeptonError(
          .defect, "the new file has \(read.tensors.count) tensors, not \(weights.tensors.count)",
          at: url.path, fix: "please report this with the file that led to it")
      }
    }
  }
}
