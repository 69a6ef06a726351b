/// What a million predictions cost on each kind of machine of the price table.
struct CostSection {
  let hardware: HardwareReport
  let costs: [KindCost]
  let name: String
  let energy: EnergyFigure?

  /// Of this machine, where it told.
  private var measured: String {
    guard let energy, !energy.isEstimate else { return "" }
    return " This machine took \(Figures.kilowattHours(energy.perMillion)), \(energy.source)."
  }

  var html: String {
    let cheapest = costs.map(\.costPerMillion).min() ?? 0
    let table = HTML.table(
      [
        ("machine", false), ("region", false), ("vCPU", true), ("GiB", true), ("$ per hour", true),
        ("$ per million", true), ("energy", true), ("", false), ("price of", false),
      ],
      markup: costs.map { cost in
        (
          [
            HTML.name("\(cost.price.provider) \(cost.price.kind)"), HTML.name(cost.price.region),
            "\(cost.price.vCPU)", Figures.digits(cost.price.memory),
            Figures.digits(cost.price.dollarsPerHour), Figures.digits(cost.costPerMillion),
            Figures.kilowattHours(cost.energyPerMillion),
            HTML.bar(
              cost.costPerMillion / (costs.map(\.costPerMillion).max() ?? 1),
              "\(factor(cost.costPerMillion / max(cheapest, 1e-300))) x"),
            HTML.name(cost.price.asOf),
          ], cost.price.id == hardware.price.id
        )
      })
    return HTML.paragraph(
      "A million predictions of \(name): \(hardware.assumption). The other kinds are taken to be as "
        + "quick, which flatters slower ones and wrongs those with more cores.") + table
      + HTML.note(
        "Energy of each kind is an estimate: what such a machine is taken to draw when busy, times "
          + "the time. \(Price.powerSource).\(measured)")
  }
}
