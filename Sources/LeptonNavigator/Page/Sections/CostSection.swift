/// What a million predictions cost on each kind of machine of the price table.
struct CostSection {
  let hardware: HardwareReport
  let costs: [KindCost]
  let name: String
  let energy: EnergyFigure?

  var html: String {
    let cheapest = costs.map(\.costPerMillion).min() ?? 0
    let table = HTML.table(
      [
        ("machine", false), ("region", false), ("vCPU", true), ("GiB", true), ("$ per hour", true),
        ("$ per million", true), ("kWh per million", true), ("", false), ("price of", false),
      ],
      markup: costs.map { cost in
        (
          [
            HTML.name("\(cost.price.provider) \(cost.price.kind)"), HTML.name(cost.price.region),
            "\(cost.price.vCPU)", Figures.digits(cost.price.memory),
            Figures.digits(cost.price.dollarsPerHour), Figures.digits(cost.costPerMillion),
            Figures.digits(cost.energyPerMillion),
            HTML.bar(
              cost.costPerMillion / (costs.map(\.costPerMillion).max() ?? 1),
              "\(factor(cost.costPerMillion / max(cheapest, 1e-300))) x"),
            HTML.name(cost.price.asOf),
          ], cost.price.id == hardware.price.id
        )
      })
    return HTML.paragraph(
      "Of \(name), with \(hardware.assumption). The other kinds are taken to be as quick, which "
        + "flatters slower ones and wrongs those with more cores.") + table
      + HTML.note(
        "Energy is an estimate for each kind. \(Price.powerSource). For the chosen model: "
          + "\(energy?.source ?? "not known").")
  }
}
