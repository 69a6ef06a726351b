import Foundation

/// How many files, and so connections, the process may have open.
enum OpenFiles {
  /// Raises the limit for so many connections as far as the system allows; answers the number that fit.
  static func raise(for connections: Int) -> Int {
    // What else is open: standard streams, event loops, the model's file.
    let others = 64
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
      return connections
    }
    let wanted = min(rlim_t(connections + others), limit.rlim_max)
    if wanted > limit.rlim_cur {
      limit.rlim_cur = wanted
      setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
      getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
    return max(1, min(connections, Int(clamping: limit.rlim_cur) - others))
  }
}
