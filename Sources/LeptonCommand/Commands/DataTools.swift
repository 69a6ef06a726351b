import ArgumentParser
import Foundation
import LeptonData
import LeptonValues

/// `lepton data`: a look at data, and data to look at.
struct DataTools: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data", abstract: "Look at data; draw digits.",
    subcommands: [DataShow.self, DataDraw.self])
}

/// `lepton data show SPEC`: what is in it.
struct DataShow: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Say what is in a data set.")

  @Argument(help: "A path, kind:path, or the name of embedded data.")
  var data: String
  @OptionGroup var reporting: Reporting

  func run() throws { reporting.show(Summary(try DataSource.open(data))) }

  struct Summary: Answer {
    struct Part: Encodable {
      let name: String
      let count: Int
      let dtype: String
      let example: [Int]
      let classes: [String: Int]
      let fingerprint: String
      let description: String

      init(_ name: String, _ data: Dataset) {
        self.name = name
        count = data.count
        dtype = data.features.dtype.rawValue
        example = data.exampleShape.extents
        classes = Dictionary(
          zip(data.classes, data.classCounts), uniquingKeysWith: { first, _ in first })
        fingerprint = data.fingerprint
        description = data.description
      }
    }

    let name: String
    let parts: [Part]
    let skipped: Int
    let notes: [String]
    private let text_: String

    init(_ bundle: DataBundle) {
      name = bundle.name
      let all = [
        ("train", bundle.train as Dataset?), ("validation", bundle.validation),
        ("test", bundle.test),
      ]
      parts = all.compactMap { name, data in data.map { Part(name, $0) } }
      skipped = bundle.skipped.count
      notes = bundle.notes
      text_ = bundle.description + "\n"
    }

    var text: String { text_ }
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
