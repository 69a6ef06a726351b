/// What each layer takes, and how much the model suffers where that layer is rounded to 8 bits.
struct LayerSection {
  let layers: [LayerReport]

  /// Empty without layers.
  var html: String {
    guard !layers.isEmpty else { return "" }
    let flops = Double(max(1, layers.reduce(0) { $0 + $1.flops }))
    let most = layers.compactMap(\.sensitivity).max() ?? 0
    let rows = layers.map { layer in
      (
        cells: [
          HTML.name(layer.name), HTML.escaped(layer.op), HTML.escaped(layer.output),
          HTML.escaped(Figures.count(layer.parameters)), HTML.escaped(Figures.flops(layer.flops)),
          HTML.bar(Double(layer.flops) / flops, Figures.percent(Double(layer.flops) / flops)),
          layer.sensitivity.map {
            HTML.bar($0 / max(most, 1e-12), Figures.percent($0), style: "b")
          } ?? "-",
        ], isMarked: false
      )
    }
    let table = HTML.table(
      [
        ("layer", false), ("operation", false), ("output", false), ("parameters", true),
        ("arithmetic", true), ("share", false), ("change in int8", false),
      ], markup: rows)
    return (rows.count > 30 ? HTML.details("All \(rows.count) layers", table) : table)
      + HTML.note(
        most > 0
          ? "Change in int8: by how much the output changes, relative to itself, where this layer "
            + "alone is rounded to 8 bits (root of the mean square, on calibration examples)."
          : "No sensitivity to 8 bits is known: no candidate was quantised.")
  }
}
