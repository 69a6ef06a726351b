import ArgumentParser
import Foundation
import LeptonData
import LeptonValues

/// `lepton data`: a look at data, and data made ready.
struct DataTools: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data", abstract: "Look at data, divide, clean and fetch them; draw digits.",
    subcommands: [
      DataInspect.self, DataSplit.self, DataClean.self, DataFetch.self, DataDraw.self,
    ])
}

/// How a table is read where its file leaves a choice.
struct TableOptions: ParsableArguments {
  @Option(help: "The column that holds the label; the last by default.")
  var label: String?
  @Option(
    help: ArgumentHelp(
      "A column that holds categories though it looks like numbers.", valueName: "column"))
  var categorical: [String] = []
  @Option(help: ArgumentHelp("A column of free text.", valueName: "column"))
  var text: [String] = []
  @Option(help: ArgumentHelp("A column that is no feature.", valueName: "column"))
  var ignored: [String] = []
  @Option(help: "Bad rows or files to skip; by default 100, and one in a hundred.")
  var maxBad: Int?

  var options: DataOptions {
    DataOptions(
      label: label, categorical: categorical, text: text, ignored: ignored, maxBad: maxBad)
  }
}

/// `lepton data draw DIGIT`: a picture of a digit as in the embedded data, for trying a model out.
struct DataDraw: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "draw", abstract: "Draw a digit and write it as PNG.",
    discussion: "lepton data draw 7 --output seven.png")

  @Argument(help: "0 to 9.")
  var digit: Int
  @Option(name: .shortAndLong, help: "The file to write.")
  var output: String
  @Option(help: "Another seed draws another picture; 2024 is that of the embedded data.")
  var seed: UInt64 = 1
  @OptionGroup var reporting: Reporting

  func run() throws {
    guard (0...9).contains(digit) else {
      throw LeptonError(.usage, "\(digit) is no digit", at: "data draw", fix: "give 0 to 9")
    }
    // Ten images in a row hold each digit once.
    let drawn = try Digits.dataset(.test, count: 10, seed: seed)
    let labels = drawn.labels.array(of: Int32.self)
    let (pixels, _) = drawn.example(at: labels.firstIndex(of: Int32(digit))!)
    let image = Image(
      width: pixels.shape[2], height: pixels.shape[1], channels: 1,
      pixels: pixels.array(of: UInt8.self))
    try FileBytes.write(PNG.encode(image), to: output)
    reporting.show(Drawn(file: output, digit: digit))
  }

  struct Drawn: Answer {
    let file: String
    let digit: Int
    var text: String { "\(file)\n" }
  }
}
