import CLeptonDNN
import Foundation

/// What the processor under this process can do.
package enum Processor {
  private static let here = ld_processor_here()

  /// As the system names it.
  package static let name: String = {
    let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
    return line?.split(separator: ":").last?.trimmingCharacters(in: .whitespaces) ?? "unknown"
  }()

  /// Channels of one block of a blocked activation: as many floats as a vector register holds.
  package static let channelBlock = here.channel_block == 16 ? 16 : 8

  /// Whether oneDNN has f32 kernels for Winograd's minimal filtering here.
  package static let hasWinograd = here.winograd

  /// Whether bf16 is multiplied by the processor; elsewhere it is only a way to store weights.
  package static let multipliesBF16 = here.bf16_native

  /// Whether products of u8 and s8 add up in 32 bits. Elsewhere pairs of them saturate in 16 bits, and weights must keep
  /// to 7 bits.
  package static let multipliesInt8 = here.int8_native
}
