import Foundation

/// The two streams of a command: standard output for answers, standard error for everything on the way.
enum StandardStreams {
  /// A reader that goes away (`lepton inspect m.onnx | head`) is a failed write, not a death; so is a file that
  /// grows beyond the limit of the shell.
  static func prepare() {
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
  }

  /// Writes to standard output. A reader that has gone away has what it wanted; any other failure ends the process
  /// as failed output.
  static func write(_ text: String) {
    guard let error = put(text, to: STDOUT_FILENO) else { return }
    if error == EPIPE { exit(0) }
    log("lepton: error: standard output: cannot be written: \(String(cString: strerror(error)))")
    exit(5)
  }

  /// Writes a line to standard error; what cannot be said there cannot be said at all.
  static func log(_ line: String) { _ = put(line + "\n", to: STDERR_FILENO) }

  /// The number of the error, nil where all was written.
  private static func put(_ text: String, to file: Int32) -> Int32? {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Foundation.write(file, $0.baseAddress, $0.count) }
      if count < 0 {
        if errno == EINTR { continue }
        return errno
      }
      rest = rest.dropFirst(count)
    }
    return nil
  }

  /// Columns of the terminal on standard output, or `COLUMNS`; nil where there is neither, and nothing is too wide.
  static var columns: Int? {
    var size = winsize()
    if ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 {
      return Int(size.ws_col)
    }
    return ProcessInfo.processInfo.environment["COLUMNS"].flatMap { Int($0) }
  }
}
