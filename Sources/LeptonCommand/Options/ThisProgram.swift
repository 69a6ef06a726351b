import Foundation

/// The program that runs: it measures memory in processes of its own.
enum ThisProgram {
  static var url: URL? {
    #if os(Linux)
      URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    #else
      Bundle.main.executableURL
    #endif
  }
}
