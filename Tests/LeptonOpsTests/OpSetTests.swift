import Foundation
import LeptonGraph
import LeptonOps
import LeptonValues
import Testing

@Suite("The set of operations")
struct OpSetTests {
  @Test("holds every operation in the source, once")
  func isComplete() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../Sources/LeptonOps").standardizedFileURL
    let files = try #require(
      FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil))
    var declared: [String] = []
    for case let file as URL in files where file.pathExtension == "swift" {
      let text = try String(contentsOf: file, encoding: .utf8)
      declared += text.matches(of: /static let name = "(.+)"/).map { String($0.output.1) }
    }
    #expect(declared.count > 50)
    // A generic operation takes its name from its parameter.
    let named = OpSet.all.filter { !String(describing: $0).contains("<") }
    #expect(named.map { $0.name }.sorted() == declared.sorted())
    #expect(Set(OpSet.all.map { $0.name }).count == OpSet.all.count)
  }

  @Test("gives each operation samples of its own type", arguments: OpSet.all.map(OpType.init))
  func samples(_ test: OpType) {
    #expect(!test.type.samples.isEmpty)
    #expect(test.type.samples.allSatisfy { type(of: $0.op) == test.type })
  }

  @Test("reads each ONNX op type in one place")
  func onnxReaders() {
    let opTypes = OpSet.all.flatMap { $0.onnxReaders.keys }
    let twice = Dictionary(grouping: opTypes) { $0 }.filter { $1.count > 1 }.keys
    #expect(twice.isEmpty)
  }

  @Test("suggests the nearest name")
  func misspelled() {
    let error = #expect(throws: LeptonError.self) { try OpSet.registry.type(named: "transpsoe") }
    #expect(error?.fix == "did you mean 'transpose'?")
  }
}
