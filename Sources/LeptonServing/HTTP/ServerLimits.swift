/// What one caller may ask of the server, so that others are served too.
package struct ServerLimits: Hashable, Sendable {
  /// Bytes of a body, before and after decompression.
  package var bodyBytes = 64 << 20
  /// Bytes of all bodies that are being read or answered.
  package var allBodyBytes = 256 << 20
  /// Bytes of a request's path with its query.
  package var pathBytes = 8 << 10
  /// Bytes of all header fields, and their number.
  package var headerBytes = 64 << 10
  package var headerCount = 200
  /// Connections at once; more wait until one closes.
  package var connections = 4096
  /// The head of a request must arrive within this time, and bodies and answers must not stand still for as long.
  package var progress = Duration.seconds(15)
  /// Bytes of a body that must arrive in that time.
  package var progressBytes = 16 << 10
  /// A connection without a request is closed after this time.
  package var idle = Duration.seconds(75)
  /// A request waits at most so long for its batch.
  package var request = Duration.seconds(30)
  /// Pixels of a posted image.
  package var pixels = 50_000_000

  package init() {}
}
