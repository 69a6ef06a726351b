import LeptonValues
import Testing

import LeptonFormats

@Suite("Element types in files of weights")
struct ElementTypeTests {
  private static let tensors: [String: TensorData] = Dictionary(
    uniqueKeysWithValues: DType.allCases.filter { !$0.isStorageOnly }.map {
      ($0.rawValue, TensorData([0, 1, 1, 0], as: TensorType($0, [2, 2])))
    })

  @Test(
    "Every type that is computed in is kept", arguments: [FileFormat.safetensors, .npz, .pt, .gguf])
  func areKept(_ format: FileFormat) throws {
    let lacking: Set<String> =
      switch format {
      case .npz: ["bf16"]
      case .pt: ["u16", "u32", "u64"]
      case .gguf: ["bool", "u8", "u16", "u32", "u64"]
      default: []
      }
    let folder = try ScratchFolder()
    let kept = Self.tensors.filter { !lacking.contains($0.key) }
    try WeightSet(kept).write(to: folder.path("kept"), format: format)
    let read = try WeightSet(folder.path("kept"), format: format)
    #expect(read.tensors == kept && read.widened.isEmpty)
  }

  @Test("What PyTorch or GGUF cannot hold is refused by name", arguments: [FileFormat.pt, .gguf])
  func areRefused(_ format: FileFormat) throws {
    let folder = try ScratchFolder()
    let error = #expect(throws: LeptonError.self) {
      try WeightSet(Self.tensors.filter { $0.key == "u32" })
        .write(to: folder.path("refused"), format: format)
    }
    #expect(error?.kind == .badInput && error?.what.contains("'u32'") == true)
  }

  @Test("Types without arithmetic are written as what is computed in")
  func storageOnly() throws {
    let folder = try ScratchFolder()
    let small = TensorData([0.5, -2], as: TensorType(.f8e4m3fn, [2]))
    for format in [FileFormat.safetensors, .pt] {
      try WeightSet(["x": small]).write(to: folder.path("small"), format: format)
      let read = try WeightSet(folder.path("small"), format: format)
      #expect(read.tensors["x"] == small.converted(to: .f32))
    }
  }
}
