#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension LeptonError {
  /// What the system, by `errno`, has against a file: `"cannot be opened"`.
  package static func system(_ what: String, _ path: String) -> LeptonError {
    let reason = String(cString: strerror(errno))
    return LeptonError(
      .io, "\(what): \(reason)", at: path, fix: "check the path and its permissions")
  }
}
