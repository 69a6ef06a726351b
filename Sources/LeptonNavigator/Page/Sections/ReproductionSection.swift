import Foundation

/// Where a run was made, and how to make it again.
struct ReproductionSection {
  let report: RunReport

  var html: String {
    let again = report.reproduction
    let environment = report.environment
    let fingerprints = report.data.fingerprints.sorted { $0.key < $1.key }
    let facts =
      [
        ("tool", "Lepton \(environment.version ?? "of an unknown version")"),
        ("processor", "\(environment.processor), \(environment.cores) cores"),
        ("system", environment.system), ("ended", environment.date),
        ("seeds", "training \(again.trainingSeed), data \(again.dataSeed)"),
        ("recipe (SHA-256)", again.recipeSHA256),
      ] + fingerprints.map { ("\($0.key) data (SHA-256)", $0.value) }
      + (report.artifactSHA256.map { [("model (SHA-256)", $0)] } ?? [])
    let source = Data(again.recipe.utf8).base64EncodedString()
    return "<pre>\(HTML.escaped(again.command))</pre>\n"
      + HTML.note(
        "The same seed gives the same weights, bit for bit, on the same kind of processor with as "
          + "many threads; figures of speed are those of the machine.")
      + HTML.facts(facts)
      + "<details><summary>The recipe, every default spelled out</summary>\n"
      + "<p class=\"note\"><a download=\"recipe.yml\" href=\"data:text/yaml;base64,\(source)\">"
      + "Save a copy</a>; a click on the text selects all of it.</p>\n"
      + "<pre>\(HTML.escaped(again.recipe))</pre></details>\n"
  }
}
