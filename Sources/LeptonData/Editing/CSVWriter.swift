import LeptonValues

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Writes a table as CSV (RFC 4180), row by row.
final class CSVWriter {
  private let path: String
  private let file: UnsafeMutablePointer<FILE>
  private var buffer: [UInt8] = []
  private var isOpen = true
  private(set) var rows = 0

  init(_ path: String, columns: [String]) throws {
    self.path = path
    guard let file = fopen(path, "wb") else { throw LeptonError.system("cannot be created", path) }
    self.file = file
    try append(columns)
  }

  deinit { if isOpen { fclose(file) } }

  func write(_ fields: [CSV.Field]) throws {
    try append(fields.map(\.text))
    rows += 1
  }

  /// What is not closed is not whole.
  func close() throws {
    try flush()
    isOpen = false
    guard fclose(file) == 0 else { throw LeptonError.system("cannot be written", path) }
  }

  private func append(_ texts: [String]) throws {
    for (index, text) in texts.enumerated() {
      if index > 0 { buffer.append(UInt8(ascii: ",")) }
      // A line of one empty field would be a blank line.
      buffer +=
        needsQuotes(text) || (texts.count == 1 && text.isEmpty)
        ? Array("\"\(text.replacing("\"", with: "\"\""))\"".utf8) : Array(text.utf8)
    }
    buffer.append(UInt8(ascii: "\n"))
    if buffer.count > 1 << 16 { try flush() }
  }

  private func needsQuotes(_ text: String) -> Bool {
    text.utf8.contains { $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D }
      || text.utf8.first.map { $0 == 0x20 || $0 == 0x09 } == true
      || text.utf8.last.map { $0 == 0x20 || $0 == 0x09 } == true
  }

  private func flush() throws {
    guard fwrite(buffer, 1, buffer.count, file) == buffer.count else {
      throw LeptonError.system("cannot be written", path)
    }
    buffer.removeAll(keepingCapacity: true)
  }
}
