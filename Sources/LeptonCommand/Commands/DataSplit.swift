import ArgumentParser
import LeptonData
import LeptonNavigator
import LeptonValues

/// `lepton data split SPEC`: parts of a table or image folder, on disk.
struct DataSplit: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "split",
    abstract: "Divide a table or image folder into train, validation and test.",
    discussion: "lepton data split customers.csv --fractions 0.8,0.1,0.1 -o customers")

  @Argument(help: "A table or an image folder.")
  var data: String
  @Option(help: "Of train and test, or of train, validation and test.")
  var fractions = "0.8,0.2"
  @Option(name: .shortAndLong, help: "The folder to make.")
  var output: String
  @Option(help: "Another seed divides otherwise.")
  var seed: UInt64 = 0
  @OptionGroup var table: TableOptions
  @OptionGroup var reporting: Reporting

  func run() throws {
    let numbers = try fractions.split(separator: ",").map { text -> Double in
      guard let number = Double(text) else {
        throw LeptonError(
          .usage, "\"\(text)\" is no fraction", at: "--fractions", fix: "write 0.8,0.1,0.1")
      }
      return number
    }
    let splitter = try DataSplitter(fractions: numbers, seed: seed, options: table.options)
    reporting.show(Divided(result: try splitter.split(data, to: output)))
  }

  struct Divided: Answer {
    let result: DataSplitter.Result

    func encode(to encoder: any Encoder) throws { try result.encode(to: encoder) }

    var text: String {
      var table = Table([("part", .left), ("examples", .right)])
      for (name, count) in result.counts.sorted(by: { $0.value > $1.value }) {
        table.add([name, Figures.count(count)])
      }
      return table.text() + result.notes.map { Prose.wrapped("note: \($0)") }.joined()
        + "\(result.output)\n"
    }
  }
}
