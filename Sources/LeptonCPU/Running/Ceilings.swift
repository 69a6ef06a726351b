import CLeptonKernels
package import LeptonGraph
package import LeptonValues

/// What the processor can reach at most, measured: the yardstick of a profile.
package struct Ceilings: Sendable, Hashable {
  /// f32 operations a second, a multiply-add being two.
  package let flopsPerSecond: Double
  /// Bytes read and written a second, outside the caches.
  package let bytesPerSecond: Double

  /// Measures for about a tenth of a second.
  package init(threads: Int) throws {
    (flopsPerSecond, bytesPerSecond) = try EngineThread.run {
      lk_threads_use(Int32(clamping: threads))
      return (lk_ceiling_flops(), lk_ceiling_bandwidth())
    }
  }

  /// The least seconds in which something could be done: by its arithmetic, or by its traffic where that takes longer. Values
  /// that stay in caches may go below the latter, algorithms with fewer multiplications below the former.
  package func floor(of cost: Cost, in arithmetic: DType) -> Double {
    let rate =
      switch arithmetic {
      case .i8, .u8: Processor.multipliesInt8 ? 4.0 : 2.0
      case .bf16: Processor.multipliesBF16 ? 2.0 : 1.0
      default: 1.0
      }
    return max(
      Double(cost.flops) / (rate * flopsPerSecond),
      Double(cost.bytesRead + cost.bytesWritten) / bytesPerSecond)
  }
}
