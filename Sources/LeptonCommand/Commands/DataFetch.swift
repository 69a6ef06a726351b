import ArgumentParser
import Foundation
import LeptonData
import LeptonNavigator

/// `lepton data fetch NAME`: a well-known data set from its publisher.
struct DataFetch: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fetch", abstract: "Fetch a well-known data set, and check it.",
    discussion: "lepton data fetch mnist\n\n"
      + DataCatalogue.all.map { "\($0.name): \($0.summary)" }.joined(separator: "\n"))

  @Argument(help: "mnist, fashion-mnist or cifar10.")
  var name: String
  @Option(
    name: .shortAndLong,
    help:
      "The folder for the files; by default one of that name, in the first of LEPTON_DATA if that is set."
  )
  var output: String?
  @Option(help: "A mirror: the folder of the same files elsewhere.")
  var url: String?
  @OptionGroup var reporting: Reporting

  func run() throws {
    let catalogue = try DataCatalogue.named(name)
    let environment = ProcessInfo.processInfo.environment
    let library = environment[DataSource.searchVariable]?.split(separator: ":").first
    let folder = output ?? library.map { "\($0)/\(name)" } ?? name
    let progress = FetchProgress(reporting)
    try catalogue.fetch(to: folder, mirror: url, onProgress: progress.report)
    reporting.show(
      Fetched(
        name: name, folder: folder, bytes: catalogue.files.reduce(0) { $0 + $1.bytes }))
  }

  struct Fetched: Answer {
    let name: String
    let folder: String
    let bytes: Int

    var text: String { "\(folder): \(Figures.bytes(bytes)) fetched and checked\n" }
  }
}
