import ArgumentParser
import LeptonData
import LeptonNavigator

/// `lepton data clean SPEC`: a copy without what should not be in it.
struct DataClean: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "clean",
    abstract: "Copy a table or image folder without bad rows, bad files and duplicates.",
    discussion: "lepton data clean photos -o photos-clean")

  @Argument(help: "A table or an image folder.")
  var data: String
  @Option(name: .shortAndLong, help: "The folder to make.")
  var output: String
  @OptionGroup var table: TableOptions
  @OptionGroup var reporting: Reporting

  func run() throws {
    var cleaner = DataCleaner(options: table.options)
    reporting.show(Cleaned(result: try cleaner.clean(data, to: output)))
  }

  struct Cleaned: Answer {
    let result: DataCleaner.Result

    func encode(to encoder: any Encoder) throws { try result.encode(to: encoder) }

    var text: String {
      let shown = result.dropped.prefix(20).map {
        Prose.wrapped("dropped: \($0.place): \($0.reason)")
      }
      let rest = result.dropped.count - shown.count
      var table = Table([("part", .left), ("kept", .right)])
      for (name, count) in result.kept.sorted(by: { $0.key > $1.key }) {
        table.add([name, Figures.count(count)])
      }
      return shown.joined() + (rest > 0 ? "dropped: \(rest) more; --json lists them all\n" : "")
        + table.text() + "\(Figures.count(result.dropped.count)) dropped\n\(result.output)\n"
    }
  }
}
