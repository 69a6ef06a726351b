import Foundation
import LeptonData
import LeptonValues

/// libFuzzer's loop, over the reader that `LEPTON_READER` names.
///
/// Anything but a value or a `LeptonError` ends the process, as do a trap, a report of the address sanitizer, and the limits of
/// `fuzz.sh` on time and memory.
private let reader: FuzzedReader = {
  let name = ProcessInfo.processInfo.environment["LEPTON_READER"] ?? ""
  guard let reader = FuzzedReader.all.first(where: { $0.name == name }) else {
    print("LEPTON_READER is one of \(FuzzedReader.all.map(\.name).joined(separator: ", "))")
    exit(2)
  }
  return reader
}()

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  do {
    try reader.read(Array(UnsafeBufferPointer(start: data, count: count)))
  } catch let error as LeptonError {
    // What is wrong with bytes in memory is the bytes.
    if error.kind == .defect || error.kind == .io { fatalError("\(error)") }
  } catch {
    fatalError("not a LeptonError: \(error)")
  }
  return 0
}

@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
  _ count: UnsafeMutablePointer<CInt>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ body: @convention(c) (UnsafePointer<UInt8>, Int) -> CInt
) -> CInt

@main struct FuzzMain {
  static func main() {
    var count = CommandLine.argc
    var arguments = CommandLine.unsafeArgv
    exit(runDriver(&count, &arguments) { testOneInput($0, $1) })
  }
}
