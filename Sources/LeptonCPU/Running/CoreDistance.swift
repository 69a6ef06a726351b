import CLeptonKernels

/// How far the cores of this machine are apart, which decides what a second thread brings.
package enum CoreDistance {
  /// Nanoseconds in which a cache line goes from the first core to the second and back; 0 with one core.
  ///
  /// Below about 100 they share a cache. Takes about 20 ms.
  package static func roundTripNanoseconds() -> Double { lk_core_ping_pong() }
}
