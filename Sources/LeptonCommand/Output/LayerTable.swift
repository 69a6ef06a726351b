import LeptonNavigator

/// The layers of a network, as they are shown before training.
struct LayerTable: Answer {
  private let model: ModelSummary

  init(_ model: ModelSummary) { self.model = model }

  func encode(to encoder: any Encoder) throws { try Line(model: model).encode(to: encoder) }

  var text: String {
    var table = Table([
      ("layer", .prose), ("operation", .left), ("output", .left), ("parameters", .right),
      ("MACs", .right),
    ])
    for layer in model.layers {
      table.add([
        layer.name, layer.kind, "\(layer.shape)",
        layer.parameters > 0 ? Figures.count(layer.parameters) : "-",
        layer.macs > 0 ? Figures.count(layer.macs) : "-",
      ])
    }
    table.add([model.name, "", "", Figures.count(model.parameters), Figures.count(model.macs)])
    return "\n" + table.text() + "\n"
  }

  private struct Line: Encodable {
    let level = "info"
    let message = "model"
    let model: ModelSummary
  }
}
