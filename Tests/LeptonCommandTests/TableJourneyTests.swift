import Foundation
import Testing

/// A table with words in it, from the file to a prediction, by the built program.
@Suite("A table's journey", .serialized)
struct TableJourneyTests {
  /// Who has a large basket or a golden card comes back; some fields are empty.
  private static func table(rows: Int) -> String {
    var lines = ["basket,card,note,returns"]
    for row in 0..<rows {
      let basket = (row * 37) % 100
      let card = ["none", "silver", "golden"][(row * 7) % 3]
      let note =
        row % 2 == 0
        ? "\"asked, \"\"when\"\" is it number \(row)\"" : "said thanks a lot \(row)"
      let returns = basket > 60 || card == "golden" ? "yes" : "no"
      lines.append("\(row % 20 == 3 ? "" : "\(basket)"),\(card),\(note),\(returns)")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static let recipe = """
    name: shop
    data: {spec: shop.csv, ignored: []}
    model: {architecture: mlp, hidden: [16], dropout: 0.1}
    training: {epochs: 12, batch: 32, optimizer: {lr: 0.01}}
    """

  private func write(_ text: String, _ name: String, in scratch: Scratch) throws {
    try Data(text.utf8).write(to: scratch.url.appendingPathComponent(name))
  }

  @Test("the same strings go in at prediction; what is unknown, missing or wrong is told")
  func journey() throws {
    let scratch = try Scratch()
    try write(Self.table(rows: 400), "shop.csv", in: scratch)
    try write(Self.recipe, "shop.yml", in: scratch)
    let trained = try Tool.run("train", "shop.yml", "--output", "run", "--quiet", in: scratch.url)
    #expect(trained.code == 0, "\(trained.errors)")

    func predict(_ rows: String, _ name: String = "new.csv") throws -> Tool.Outcome {
      try write(rows, name, in: scratch)
      return try Tool.run("predict", "run/model.onnx", name, "--json", in: scratch.url)
    }
    // Other order of columns, one that the model does not know, an unknown category and an empty field.
    let outcome = try predict(
      "colour,card,note,basket\nred,none,said thanks,95\nred,none,asked when,5\n"
        + "blue,paper,,99\nblue,golden,said thanks a lot,\n")
    #expect(outcome.code == 0, "\(outcome.errors)")
    let rows = outcome.json?["predictions"] as? [[String: Any]]
    #expect(rows?.compactMap { $0["label"] as? String } == ["yes", "no", "yes", "yes"])
    #expect(outcome.errors.contains("column \"colour\" of new.csv is unknown to the model"))
    #expect(outcome.errors.contains("1 of 4 values of \"card\" are unknown"))
    #expect(outcome.errors.contains("\"paper\" at new.csv:4:6"))

    let deep = scratch.url.appendingPathComponent("batch/deep")
    try FileManager.default.createDirectory(at: deep, withIntermediateDirectories: true)
    try write("card,note,basket\nnone,said thanks,95\n", "batch/deep/a.csv", in: scratch)
    try write("nonsense\n", "batch/b.csv", in: scratch)
    let folder = try Tool.run(
      "predict", "run/model.onnx", "batch", "--format", "csv", in: scratch.url)
    #expect(folder.code == 0, "\(folder.errors)")
    #expect(folder.output.hasPrefix("file,label,probability\r\nbatch/deep/a.csv[0],yes,0."))
    #expect(folder.errors.contains("batch/b.csv was passed over"))

    let lines = try predict(
      "{\"basket\": 95, \"card\": \"none\", \"note\": \"said thanks\"}\n", "new.jsonl")
    let alone = (lines.json?["predictions"] as? [[String: Any]])?.first?["outputs"] as? [Double]
    let among = try #require(rows?.first?["outputs"] as? [Double])
    // Another batch size may add in another order.
    #expect(alone.map { zip($0, among).allSatisfy { abs($0 - $1) < 1e-4 } } == true)

    let absent = try predict("card,note,baskett\nnone,hm,5\n")
    #expect(absent.code == 3)
    #expect(absent.errors.contains("no column \"basket\"") && absent.errors.contains("baskett"))
    let wrong = try predict("card,note,basket\nnone,hm,5\nnone,hm,many\n")
    #expect(wrong.code == 3)
    #expect(wrong.errors.contains("new.csv:3:9: \"many\" is not a number"))

    let evaluated = try Tool.run(
      "evaluate", "run/model.onnx", "--data", "shop.csv", "--json", in: scratch.url)
    #expect(evaluated.code == 0, "\(evaluated.errors)")
    #expect((evaluated.json?["accuracy"] as? Double ?? 0) > 0.9)
  }

  @Test("data are inspected, divided and cleaned; what is there already is not touched")
  func tools() throws {
    let scratch = try Scratch()
    let table = Self.table(rows: 60)
    try write(table + table.split(separator: "\n")[1] + "\n1,none\n", "shop.csv", in: scratch)
    let refused = try Tool.run("data", "inspect", "shop.csv", in: scratch.url)
    #expect(refused.code == 3)
    #expect(refused.errors.contains("shop.csv:63:3: this row has 2 fields"))
    let inspected = try Tool.run(
      "data", "inspect", "shop.csv", "--max-bad", "1", "--json", in: scratch.url)
    let columns = inspected.json?["columns"] as? [[String: Any]]
    #expect(
      columns?.compactMap { $0["kind"] as? String } == ["numeric", "categorical", "text"])
    let cleaned = try Tool.run(
      "data", "clean", "shop.csv", "-o", "clean", "--json", in: scratch.url)
    #expect(cleaned.json?["kept"] as? [String: Int] == ["train": 60])
    #expect((cleaned.json?["dropped"] as? [Any])?.count == 2)
    let split = try Tool.run(
      "data", "split", "clean", "--fractions", "0.5,0.5", "-o", "parts", in: scratch.url)
    #expect(split.code == 0, "\(split.errors)")
    let again = try Tool.run("data", "split", "clean", "-o", "parts", in: scratch.url)
    #expect(again.code == 2)
    let unknown = try Tool.run("data", "fetch", "cifar11", in: scratch.url)
    #expect(unknown.code == 2)
    #expect(unknown.errors.contains("did you mean \"cifar10\"?"))
  }
}
